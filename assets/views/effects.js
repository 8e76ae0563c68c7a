// What a decision on a review would change, in sentences with numbers; the server foretells them.

import { day, money, number } from '../core/format.js';
import { t, word } from '../core/lang.js';
import { html } from '../vendor/lit-html.js';

const signed = (value, write) => `${value > 0 ? '+' : ''}${write(value)}`;

function sentences({ effects }) {
  const said = [t('effect.becomes', { status: word('status', effects.becomes) })];
  if (effects.persons_merged) said.push(t('effect.merged'));
  if (effects.enrolled) said.push(t('effect.enrolled', { people: signed(effects.enrolled, number) }));
  if (effects.amount_enrolled) said.push(t('effect.amount_enrolled', { amount: signed(effects.amount_enrolled, money) }));
  if (effects.amount_held) said.push(t('effect.amount_held', { amount: signed(effects.amount_held, money) }));
  if (effects.state_support) said.push(t('effect.state_support', { amount: signed(effects.state_support, money) }));
  for (const it of effects.cards) {
    const days = it.valid_from ? ` (${day(it.valid_from)} – ${day(it.valid_to)})` : '';
    said.push(t('effect.card', { card: `${word('card-type', it.type)}${days}`, state: word('card-state', it.state) }));
  }
  return said;
}

/** One decision as the server foretells it. */
export function effectsOf(decision) {
  if (!decision.allowed) return html`<p>${t('effect.not', { why: word('code', decision.why_not) })}</p>`;
  return html`<ul class="lives">${sentences(decision).map((it) => html`<li>${it}</li>`)}</ul>`;
}

/** The same in one line. */
export const inOneLine = (decision) => (decision.allowed ? sentences(decision).join(' ') : '');
