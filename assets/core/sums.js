// Rows of a tally, put together.

const COUNTS = [
  'accepted', 'new', 'renewal', 'duplicate', 'review', 'rejected', 'voided',
  'amount_enrolled', 'amount_held', 'state_support',
];

/**
 * One row for each key, of both schemes, with the rows of each scheme in it. What is still on phones stands
 * in both rows of a key and counts once.
 */
export function byKey(rows) {
  const found = new Map();
  for (const row of rows) {
    const known = found.get(row.key);
    if (known) add(known, row);
    else found.set(row.key, start(row));
  }
  return [...found.values()].map(finish);
}

function start(row) {
  return { ...row, aimed: row.target === null ? 0 : row.accepted, schemes: { [row.scheme]: row } };
}

function add(sum, row) {
  for (const count of COUNTS) sum[count] += row[count];
  if (row.target !== null) {
    sum.target = (sum.target ?? 0) + row.target;
    sum.aimed += row.accepted;
  }
  sum.schemes[row.scheme] = row;
}

function finish(sum) {
  // As the API's own totals: those enrolled who have a target, against it.
  sum.percent = sum.target ? (100 * sum.aimed) / sum.target : null;
  sum.to_go = sum.target === null ? null : Math.max(0, sum.target - sum.aimed);
  // A surplus in one scheme hides that the other is behind; this does not.
  const percents = Object.values(sum.schemes).map((it) => it.percent).filter((it) => it !== null);
  sum.worst = percents.length ? Math.min(...percents) : null;
  return sum;
}

/** The sum of all rows. */
export function total(rows) {
  const sums = byKey(rows.map((row) => ({ ...row, key: 'total' })));
  const sum = sums[0] ?? finish({ ...Object.fromEntries(COUNTS.map((it) => [it, 0])), target: null, to_go: null, aimed: 0, schemes: {} });
  sum.on_phones = byKey(rows).reduce((held, row) => held + row.on_phones, 0);
  return sum;
}

/** The sum of one scheme's rows. */
export const totalOf = (rows, scheme) => total(rows.filter((row) => row.scheme === scheme));
