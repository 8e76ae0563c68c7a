// The people who log in, where they belong, and whether they may.

import { day } from '../../core/format.js';
import { t, word } from '../../core/lang.js';
import { forget, names, newId } from '../../core/lists.js';
import { edit, post } from '../../core/edit.js';
import { may, who } from '../../core/session.js';
import { confirm, fill } from '../../ui/ask.js';
import { say } from '../../ui/say.js';
import { inWords } from '../../ui/words.js';
import { html, nothing } from '../../vendor/lit-html.js';
import { listed, rowButton } from './listed.js';

const IN_GROUP = ['agent', 'leader'];
const pairs = (items) => items.map((it) => [it.id, it.name]);
/** Only administrators see offices. */
const offices = () => (may('admin') ? names('/offices') : Promise.resolve([]));
const organisations = () => (may('admin') ? names('/organisations') : Promise.resolve([]));

export function view({ redraw, look }) {
  const title = () => t('nav.users');

  async function rows() {
    const [users, groups, places] = await Promise.all([names('/users'), names('/groups'), offices()]);
    const name = new Map([...groups, ...places].map((it) => [it.id, it.name]));
    return users.map((it) => ({ ...it, unit: name.get(it.group_id) ?? name.get(it.office_id) ?? '' }));
  }

  const again = (text) => {
    forget('/users');
    say(text);
    look();
  };

  async function add() {
    const [groups, places, employers] = await Promise.all([names('/groups'), offices(), organisations()]);
    const id = newId();
    const roles = may('admin') ? ['agent', 'leader', 'supervisor', 'admin'] : IN_GROUP;
    const made = await fill({
      title: t('user.add'),
      fields: [
        { name: 'name', label: t('user.name'), required: true, first: true },
        { name: 'login', label: t('user.login'), required: true, hint: t('user.login-hint'), capitals: 'none' },
        { name: 'password', label: t('user.password'), type: 'password', required: true, hint: t('user.password-hint'), autocomplete: 'new-password' },
        { name: 'role', label: t('user.role'), type: 'select', required: true, value: 'agent', options: roles.map((it) => [it, word('role', it)]) },
        { name: 'group_id', label: t('drive.group'), type: 'select', required: true, options: pairs(groups), shown: (values) => IN_GROUP.includes(values.role) },
        { name: 'office_id', label: t('user.office'), type: 'select', required: true, options: pairs(places), shown: (values) => values.role === 'supervisor' },
        { name: 'organisation_id', label: t('user.organisation'), type: 'select', options: pairs(employers), hint: t('user.organisation-hint'),
          shown: (values) => employers.length > 0 && IN_GROUP.includes(values.role) },
        { name: 'number', label: t('user.certificate'), shown: (values) => values.role === 'agent' },
        { name: 'expires_on', label: t('user.expires'), type: 'date', required: true, shown: (values) => values.role === 'agent' && values.number },
      ],
      send({ number, expires_on, organisation_id, ...values }) {
        return post('/users', { id, ...values, ...(organisation_id ? { organisation_id } : {}), certificate: number ? { number, expires_on } : null, must_change_password: true });
      },
    });
    if (made) again(t('user.added', { name: made.name }));
  }

  async function change(row) {
    try {
      const [{ thing, save }, groups, places] = await Promise.all([edit(`/users/${row.id}`), names('/groups'), offices()]);
      const inGroup = () => IN_GROUP.includes(thing.role);
      const changed = await fill({
        title: t('user.change', { name: thing.name }),
        fields: [
          { name: 'name', label: t('user.name'), required: true, value: thing.name, first: true },
          { name: 'group_id', label: t('drive.group'), type: 'select', required: true, value: thing.group_id ?? '', options: pairs(groups),
            hint: t('user.group-hint'), shown: inGroup },
          { name: 'office_id', label: t('user.office'), type: 'select', required: true, value: thing.office_id ?? '', options: pairs(places),
            shown: () => thing.role === 'supervisor' },
          { name: 'number', label: t('user.certificate'), value: thing.certificate?.number, hint: t('user.certificate-hint'), shown: inGroup },
          { name: 'expires_on', label: t('user.expires'), type: 'date', required: true, value: thing.certificate?.expires_on,
            shown: ({ number }) => inGroup() && number },
        ],
        send: ({ number, expires_on, ...values }) => save(inGroup() ? { ...values, certificate: number ? { number, expires_on } : null } : values),
      });
      if (changed) again(t('saved'));
    } catch (failure) {
      say(inWords(failure));
    }
  }

  /** Takes a log-in away, or gives it back. */
  async function turn(row) {
    try {
      const { thing, save } = await edit(`/users/${row.id}`);
      const key = thing.disabled ? 'user.enable' : 'user.disable';
      const { name } = thing;
      const done = await confirm({
        title: t(`${key}-title`, { name }),
        text: t(`${key}-text`),
        submit: t(key),
        send: () => save({ disabled: !thing.disabled }),
      });
      if (done) again(t(`${key}-done`, { name }));
    } catch (failure) {
      say(inWords(failure));
    }
  }

  async function reset(row) {
    const done = await fill({
      title: t('user.reset-title', { name: row.name }),
      text: t('user.reset-text'),
      submit: t('user.reset'),
      fields: [{ name: 'password', label: t('user.password'), type: 'password', required: true, hint: t('user.password-hint'), autocomplete: 'new-password', first: true }],
      send: ({ password }) => post(`/users/${row.id}/reset-password`, { password }),
    });
    if (done) again(t('user.reset-done', { name: row.name }));
  }

  const state = (row) => (row.disabled ? html`<span class="mark mark-behind">${t('user.disabled')}</span>`
    : row.must_change_password ? html`<span class="mark">${t('user.must-change')}</span>` : '');

  return listed({
    title,
    columns: [
      { key: 'name', label: t('user.name'), value: (row) => row.name },
      { key: 'login', label: t('user.login'), value: (row) => row.login },
      { key: 'role', label: t('user.role'), value: (row) => word('role', row.role) },
      { key: 'unit', label: t('user.unit'), value: (row) => row.unit },
      { key: 'expires', label: t('user.expires'), value: (row) => row.certificate?.expires_on ?? null, cell: (row) => day(row.certificate?.expires_on) },
      { key: 'state', label: t('phone.state'), cell: state },
      { key: 'do', label: '', cell: (row) => html`${rowButton(t('do.change'), row.name, () => change(row))}
        ${row.id === who().id ? nothing : html`${rowButton(t('user.reset'), row.name, () => reset(row))}
          ${rowButton(t(row.disabled ? 'user.enable' : 'user.disable'), row.name, () => turn(row))}`}` },
    ],
    sort: 'name',
    rows,
    words: (row) => `${row.name} ${row.login} ${row.unit} ${word('role', row.role)}`,
    add,
    addLabel: t('user.add'),
    file: 'users',
    none: t('user.none'),
    redraw,
  });
}
