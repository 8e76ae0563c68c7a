// The form of a drive: planning one, and changing what was planned.

import { plusDays, today } from '../core/days.js';
import { t } from '../core/lang.js';
import { names, newId } from '../core/lists.js';
import { edit, post } from '../core/edit.js';
import { fill } from '../ui/ask.js';
import { chosen } from '../ui/chosen.js';

const pairs = (items) => items.map((it) => [it.id, it.name]).sort((a, b) => a[1].localeCompare(b[1], 'vi'));

async function ask({ title, submit, thing, send }) {
  const [groups, villages, users] = await Promise.all([names('/groups'), names('/villages'), names('/users')]);
  let drawn = () => {};
  const group = (values) => thing?.group_id ?? values.group_id;
  const communes = (values) => groups.find((it) => it.id === group(values))?.area_codes ?? [];
  const members = (values) => users.filter((it) => it.group_id === group(values) && !it.disabled);
  const going = chosen({ items: pairs(users.filter((it) => it.group_id && (!thing || it.group_id === thing.group_id))), redraw: () => drawn() });
  return fill({
    title,
    submit,
    drawn: (redraw) => { drawn = redraw; },
    fields: [
      { name: 'group_id', label: t('drive.group'), type: 'select', required: true, options: pairs(groups), value: thing?.group_id ?? (groups.length === 1 ? groups[0].id : ''), shown: () => !thing },
      { name: 'village_id', label: t('drive.village'), type: 'select', required: true, hint: t('drive.village-hint'), value: thing?.village_id,
        options: (values) => pairs(villages.filter((it) => communes(values).includes(it.area_code) || it.id === thing?.village_id)) },
      { name: 'on', label: t('drive.on'), type: 'date', required: true, value: thing?.on ?? plusDays(today(), 1) },
      { name: 'leader_id', label: t('drive.leader'), type: 'select', value: thing?.leader_id ?? '', options: (values) => pairs(members(values)) },
      { name: 'people', label: t('drive.people'), value: thing?.people ?? [], draw: going, hint: t('drive.people-hint') },
      { name: 'note', label: t('review.note'), type: 'text-area', longest: 500, value: thing?.note ?? '' },
    ],
    send: ({ leader_id, people, note, ...values }) => send({ ...values, people: people || [], ...(leader_id ? { leader_id } : {}), ...(note.trim() ? { note: note.trim() } : {}) }),
  });
}

/** Asks for a new drive; resolves with it, or undefined. */
export function planDrive() {
  const id = newId();
  return ask({ title: t('drive.plan'), submit: t('drive.plan-do'), send: (values) => post('/drives', { id, ...values }) });
}

/** Asks what changes of a drive. */
export async function changeDrive(id) {
  const { thing, save } = await edit(`/drives/${id}`);
  return ask({ title: t('drive.change'), submit: t('do.save'), thing, send: save });
}
