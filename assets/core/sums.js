// Rows of a tally, put together.

const COUNTS = [
  'accepted', 'new', 'renewal', 'duplicate', 'review', 'rejected', 'voided',
  'amount_enrolled', 'amount_held', 'state_support',
];

/**
 * One row for each key, of both schemes, with the rows of each scheme beside it. What is still on phones stands
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
    sum.to_go = (sum.to_go ?? 0) + row.to_go;
    sum.aimed += row.accepted;
  }
  sum.schemes[row.scheme] = row;
}

function finish(sum) {
  // A surplus in one scheme does not fill the other's gap, neither in `to_go` nor in the percent beside it.
  const reached = sum.to_go > 0 ? sum.target - sum.to_go : sum.aimed;
  sum.percent = sum.target ? (100 * reached) / sum.target : null;
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
