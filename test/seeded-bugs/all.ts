// All seeded bugs.
import { BELIEF_BUGS } from './belief.ts';
import type { Bug } from './bug.ts';
import { MEMORY_BUGS } from './memory.ts';
import { RULE_BUGS } from './rules.ts';
import { STEP_BUGS } from './steps.ts';

export const ALL_BUGS: readonly Bug[] = [...BELIEF_BUGS, ...RULE_BUGS, ...STEP_BUGS, ...MEMORY_BUGS];
