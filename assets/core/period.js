// The period that a table is about, and how far into its plan a day is.

import { daysIn, isDay, monthStart, plusDays, quarterStart, today, yearStart } from './days.js';
import { names } from './lists.js';

export const PERIODS = ['plan', 'today', 'week', 'month', 'quarter', 'year', 'own'];

/**
 * The plan that most targets in force today share, as first and last day; null without targets. A tally counts
 * what was accepted between two days against the targets in force on the last: only from the first day of the
 * plan on is its percent the percent of the plan.
 */
export async function plan() {
  const now = today();
  const running = (await names('/targets')).filter((it) => it.from <= now && now <= it.to);
  const counted = new Map();
  for (const { from, to } of running) counted.set(`${from} ${to}`, (counted.get(`${from} ${to}`) ?? 0) + 1);
  const [first] = [...counted].sort((a, b) => b[1] - a[1]);
  if (!first) return null;
  const [from, to] = first[0].split(' ');
  return { from, to };
}

/** First and last day of a period that was chosen; `own` takes those given. */
export function span(period, plan, { from, to } = {}) {
  const now = today();
  const until = { to: now };
  switch (period) {
    case 'today': return { from: now, ...until };
    case 'week': return { from: plusDays(now, -6), ...until };
    case 'month': return { from: monthStart(now), ...until };
    case 'quarter': return { from: quarterStart(now), ...until };
    case 'year': return { from: yearStart(now), ...until };
    case 'own': return { from: isDay(from) ? from : monthStart(now), to: isDay(to) ? to : now };
    default: return plan ? { from: plan.from, ...until } : { from: yearStart(now), ...until };
  }
}

/** Which part of the plan's days has passed, in percent; null when the span is not the plan's. */
export function pace(plan, { from, to }) {
  if (!plan || plan.from !== from || to > plan.to) return null;
  return (100 * daysIn(from, to)) / daysIn(plan.from, plan.to);
}
