// A rig that cannot be asked anything: it is only cut and fed, and nobody sees what it does.
import { z } from 'zod';
import { rigDriverKind } from './port.ts';

export const none = rigDriverKind({
  name: 'none',
  maturity: 'simulated',
  about: 'A rig without any way to ask it: only its switch is used.',
  options: z.strictObject({}),
  // It is never paused, so there is nothing to wait for; restartMinutes is what stock miners need to full speed.
  defaults: { pausedWatts: 0, graceSeconds: 0, coolDownSeconds: 0, resumeMinutes: 0, restartMinutes: 10, answerSeconds: 0 },
  can: { read: false, pause: false, resume: false, halt: false },
  open: () => ({ close: () => Promise.resolve() }),
});
