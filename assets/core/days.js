// Days of Vietnam as `yyyy-mm-dd`, whatever the clock of this machine is set to.

const VIETNAM = 'Asia/Ho_Chi_Minh';
const day = new Intl.DateTimeFormat('en-CA', { timeZone: VIETNAM, year: 'numeric', month: '2-digit', day: '2-digit' });

export const today = () => day.format(new Date());

export const isDay = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text ?? '') && !Number.isNaN(Date.parse(text));

export function plusDays(from, days) {
  const at = new Date(`${from}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** How many days lie between, both counted. */
export function daysIn(from, to) {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000) + 1;
}

export const monthStart = (on) => `${on.slice(0, 7)}-01`;

export const yearStart = (on) => `${on.slice(0, 4)}-01-01`;

export function quarterStart(on) {
  const month = Math.floor((Number(on.slice(5, 7)) - 1) / 3) * 3 + 1;
  return `${on.slice(0, 4)}-${String(month).padStart(2, '0')}-01`;
}
