// How the day stands: four numbers, what waits for somebody, who goes where, and who is behind.

import { plusDays, today } from '../core/days.js';
import { ago, day, money, number, percent } from '../core/format.js';
import { t, word } from '../core/lang.js';
import { all, nameOf, names } from '../core/lists.js';
import { pace, plan, span } from '../core/period.js';
import { get, may } from '../core/session.js';
import { byKey, total, totalOf } from '../core/sums.js';
import { bar, legend, SCHEMES, standing } from '../ui/bar.js';
import { lines } from '../ui/line.js';
import { empty } from '../ui/words.js';
import { html, nothing } from '../vendor/lit-html.js';

const TREND_DAYS = 30;
/** A phone that holds records and was not heard of for so long. */
const SILENT_MS = 24 * 3600_000;
/** Phones are many, and slow to change: not asked for at each piece of news. */
const PHONES_REST_MS = 60_000;

export function view({ redraw }) {
  const seen = { phones: null, phonesAt: 0 };

  async function load({ signal }) {
    const now = today();
    const running = await plan();
    const period = span('plan', running);
    const tally = (query) => get('/tallies', query, signal);
    const [day, whole, villages, trend, reviews, drives, lists] = await Promise.all([
      tally({ by: 'group', from: now, to: now }),
      tally({ by: 'group', ...period }),
      tally({ by: 'village', ...period }),
      tally({ by: 'day', from: plusDays(now, 1 - TREND_DAYS), to: now }),
      may('leader', 'supervisor', 'admin') ? get('/reviews', { state: 'open', limit: 200 }, signal) : null,
      outings(now, signal),
      names('/worklists'),
    ]);
    Object.assign(seen, { day: day.rows, whole: whole.rows, groups: worstFirst(whole.rows), villages: worstFirst(villages.rows), drives, lists, period, running, trend: trend.rows, reviews, pace: pace(running, period) });
    lookAtPhones(signal);
  }

  function worstFirst(rows) {
    const rank = (it) => it.worst ?? Infinity;
    return byKey(rows).sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
  }

  /** Who goes where today. */
  async function outings(on, signal) {
    const { items } = await get('/drives', { from: on, to: on, limit: 200 }, signal);
    const [villages, groups] = await Promise.all([nameOf('/villages'), nameOf('/groups')]);
    return items.filter((it) => it.on === on).map((it) => ({ ...it, village: villages(it.village_id), group: groups(it.group_id) }));
  }

  async function lookAtPhones(signal) {
    if (Date.now() - seen.phonesAt < PHONES_REST_MS) return;
    seen.phonesAt = Date.now();
    try {
      seen.phones = await all('/installations', { signal });
    } catch {
      // The page of phones tells what failed; here the line is left out.
      seen.phonesAt = 0;
    }
    redraw();
  }

  function figures() {
    const day = total(seen.day);
    const whole = total(seen.whole);
    return html`<div class="figures">
      ${figure(t('today.accepted'), number(day.accepted), legend((scheme) => number(totalOf(seen.day, scheme).accepted)))}
      ${figure(t('today.target'), percent(whole.percent), toGo(whole))}
      ${figure(t('today.amount'), money(day.amount_enrolled), day.amount_held ? html`<p>${t('today.held', { amount: money(day.amount_held) })}</p>` : nothing)}
      ${figure(t('today.phones'), number(whole.on_phones), oldest(seen.whole, whole.on_phones))}
    </div>`;
  }

  const toGo = ({ target, to_go, percent }) => (target
    ? html`<p>${t('today.to-go', { count: number(to_go), target: number(target) })}</p>
        ${bar({ percent, pace: seen.pace, tone: standing(percent, seen.pace) ?? '' })}`
    : html`<p>${t('today.no-target')}</p>`);

  const figure = (label, value, more) => html`<section class="figure"><h2>${label}</h2>
    <p class=${`figure-value ${value.length > 14 ? 'figure-longer' : value.length > 9 ? 'figure-long' : ''}`}>${value}</p>${more}</section>`;

  function oldest(rows, held) {
    const first = rows.map((it) => it.oldest_pending_at).filter(Boolean).sort()[0];
    return html`<p>${first ? t('today.oldest', { ago: ago(first) }) : held ? '' : t('today.all-in')}</p>`;
  }

  const toVisit = () => seen.lists.reduce((sum, it) => sum + it.counts.open, 0);

  const goes = () => (seen.drives.length === 0 ? nothing : html`<section class="card goes"><h2>${t('today.goes')}</h2>
    <ul class="waits">${seen.drives.map((it) => html`<li><a href="#/drives/${it.id}">${it.village}</a><span>${it.group}</span></li>`)}</ul></section>`);

  function waits() {
    const open = seen.reviews?.items.length ?? 0;
    // A page is enough to know that there is much to do.
    const more = seen.reviews?.next ? '+' : '';
    const silent = (seen.phones ?? []).filter((it) => it.pending_total > 0 && Date.now() - Date.parse(it.last_seen_at) > SILENT_MS);
    const missing = (seen.phones ?? []).filter((it) => it.missing_seq.length > 0);
    const things = [
      open && html`<li><a href="#/reviews">${t('today.reviews', { count: number(open) + more })}</a></li>`,
      toVisit() && html`<li><a href="#/worklists">${t('today.visits', { count: number(toVisit()) })}</a></li>`,
      silent.length && html`<li><a href="#/installations?show=pending">${t('today.silent', { count: number(silent.length) })}</a>
        <span>${silent.slice(0, 3).map((it) => it.label).join(', ')}</span></li>`,
      missing.length && html`<li><a href="#/installations?show=missing">${t('today.missing', { count: number(missing.length) })}</a></li>`,
    ].filter(Boolean);
    return html`<section class="card waiting"><h2>${t('today.waits')}</h2>
      ${things.length ? html`<ul class="waits">${things}</ul>` : html`<p class="calm">${t('today.nothing-waits')}</p>`}</section>`;
  }

  function behind() {
    if (seen.groups.length === 0) {
      return empty(t('today.no-groups'), may('supervisor', 'admin') ? html`<a class="button" href="#/settings/groups">${t('nav.group-list')}</a>` : nothing);
    }
    return standings(seen.groups.slice(0, 8), 'group', seen.groups.length);
  }

  /** Only villages that have a target can be behind. */
  function villages() {
    const planned = seen.villages.filter((it) => it.target);
    return planned.length ? standings(planned.slice(0, 5), 'village', planned.length) : nothing;
  }

  function standings(shown, by, count) {
    return html`<section class="card behind"><h2>${t(`today.behind-${by}`)}</h2>
      <p class="hint">${t('today.period', { from: day(seen.period.from), to: day(seen.running?.to ?? seen.period.to) })}${
        seen.pace === null || !shown.some((it) => it.target) ? nothing : html` ${t('today.pace', { percent: percent(seen.pace) })}`}</p>
      <ol class="standing">${shown.map((row) => line(row, by))}</ol>
      ${count > shown.length ? html`<a href="#/${by}s">${t(`today.all-${by}s`, { count: number(count) })}</a>` : nothing}
    </section>`;
  }

  const line = (row, by) => html`<li>
    <div class="standing-head"><a href="#/${by}s?q=${encodeURIComponent(row.name)}">${row.name}</a>
      ${verdict(row)}${row.worst === null ? html`<b>${t('today.accepted-count', { count: number(row.accepted) })}</b>` : nothing}</div>
    ${SCHEMES.map((scheme) => {
      const part = row.schemes[scheme];
      return part?.target ? html`<div class="standing-row"><span>${word('scheme', scheme)}</span>${bar({ percent: part.percent, pace: seen.pace, tone: scheme })}
        <span class="numeric">${number(part.accepted)}/${number(part.target)}</span><b class="numeric">${percent(part.percent)}</b></div>` : nothing;
    })}</li>`;

  function verdict(row) {
    const how = standing(row.worst, seen.pace);
    return how && how !== 'going' ? html`<span class="mark mark-${how}">${t(`standing.${how}`)}</span>` : nothing;
  }

  function trend() {
    const now = today();
    const days = Array.from({ length: TREND_DAYS }, (_, index) => plusDays(now, index + 1 - TREND_DAYS));
    const series = SCHEMES.map((scheme) => {
      const counted = new Map(seen.trend.filter((it) => it.scheme === scheme).map((it) => [it.key, it.accepted]));
      return { name: word('scheme', scheme), tone: scheme, values: days.map((it) => counted.get(it) ?? 0) };
    });
    const sum = number(series.flatMap((it) => it.values).reduce((a, b) => a + b, 0));
    return html`<section class="card trend"><h2>${t('today.trend')}</h2>
      ${legend((scheme) => number(series.find((it) => it.tone === scheme).values.reduce((a, b) => a + b, 0)))}
      ${lines({ days, series, label: t('today.trend-said', { count: sum }) })}</section>`;
  }

  const draw = () => html`<p class="subtitle">${day(today())}</p>${figures()}
    <div class="columns"><div class="stack">${behind()}${villages()}</div><div class="stack">${waits()}${goes()}${trend()}</div></div>`;
  return { title: () => t('nav.today'), load, draw, hears: ['tallies', 'reviews', 'installations'] };
}
