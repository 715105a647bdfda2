// Reads what jest counted (istanbul's coverage-final.json) and judges it; see scripts/coverage.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const PARTS = [
  { name: 'src/core', limit: 100, told: true },
  { name: 'src', limit: 90, told: false },
];

const [, , from] = process.argv;
const files = Object.entries(JSON.parse(readFileSync(from, 'utf8'))).map(([path, counted]) => ({
  path: relative(process.cwd(), path),
  branches: Object.entries(counted.b).flatMap(([id, hits]) =>
    hits.map((count, way) => ({ entered: count > 0, at: counted.branchMap[id].locations[way] })),
  ),
}));

let failed = false;
for (const { name, limit, told } of PARTS) {
  const within = files.filter(({ path }) => path.startsWith(`${name}/`));
  const all = within.flatMap(({ path, branches }) => branches.map((one) => ({ path, ...one })));
  const missed = all.filter(({ entered }) => !entered);
  const share = (100 * (all.length - missed.length)) / all.length;
  const ok = share >= limit;
  failed ||= !ok;
  console.log(
    `${name}: ${all.length - missed.length} of ${all.length} branches, ${share.toFixed(2)} %, limit ${limit} %${ok ? '' : ': BELOW'}`,
  );
  if (told) for (const { path, at } of missed) console.log(`  not entered: ${path}:${at.start.line}:${at.start.column + 1}`);
}
process.exitCode = failed ? 1 : 0;
