// The sheets that an office sends: which one, of whom and when, and why it is taken out.

import { monthStart, today } from '../core/days.js';
import { t } from '../core/lang.js';
import { holders } from '../core/units.js';
import { form } from '../ui/form.js';
import { say } from '../ui/say.js';
import { html } from '../vendor/lit-html.js';
import { fetchFile } from './export.js';

const FORMS = ['d05-ts', 'mau-4', 'c21', 'b15-uq'];
const ENDINGS = ['xlsx', 'csv'];

export function view({ redraw }) {
  const seen = { form: null };

  async function load() {
    const [offices, groups] = await Promise.all([holders('office'), holders('group')]);
    seen.form = form({
      fields: [
        { name: 'form', label: t('form.which'), type: 'select', required: true, value: FORMS[0], options: FORMS.map((it) => [it, t(`form.${it}`)]) },
        { name: 'unit', label: t('user.unit'), type: 'select', required: true, value: offices[0]?.[0] ?? groups[0]?.[0] ?? '', options: [...offices, ...groups] },
        { name: 'from', label: t('period.from'), type: 'date', required: true, value: monthStart(today()) },
        { name: 'to', label: t('period.to'), type: 'date', required: true, value: today() },
        { name: 'ending', label: t('form.ending'), type: 'select', required: true, value: 'xlsx', options: ENDINGS.map((it) => [it, it.toUpperCase()]) },
        { name: 'reason', label: t('form.reason'), required: true, hint: t('form.reason-hint') },
      ],
      submit: t('form.take'),
      redraw,
      send: ({ form: which, unit, ending, ...values }) => {
        const owner = groups.some(([id]) => id === unit) ? { group_id: unit } : { office_id: unit };
        return fetchFile(`/forms/${which}.${ending}`, { ...owner, ...values }, `${which}-${values.from}-${values.to}.${ending}`);
      },
      done: () => say(t('form.taken')),
    });
  }

  const draw = () => html`<p class="lead">${t('form.lead')}</p><section class="card narrow">${seen.form.draw()}</section>`;
  return { title: () => t('nav.forms'), load, draw };
}
