// A process that plans a large fleet and says what it held at most: run by policy-speed.ts, alone, so that nothing else counts.
import { plan } from '../src/planner/plan.ts';
import { drawnSite } from './policy-fleet.ts';
import { MEMORY_RIGS, problemOf } from './policy-speed.ts';

const PLANS = 3;

const site = drawnSite({ seed: 1, number: 0, rigs: MEMORY_RIGS });
const problem = problemOf(site);
let made = plan(problem);
for (let again = 1; again < PLANS; again++) {
  const { lambda, hours } = made;
  const untils = new Map(site.rigs.map(({ id }, i) => [id, hours[i]?.[0] ?? 0]));
  made = plan(problem, { lambda, hoursOf: (id) => untils.get(id) });
}
process.stdout.write(`${Math.round(process.resourceUsage().maxRSS / 1000)} MB\n`);
