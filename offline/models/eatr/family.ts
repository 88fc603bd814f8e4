/** EaTR as the rest of the program knows it. */
import { detrFamily } from '../detr-parts/family.ts';
import { checkConfig, type EatrConfig, eatrPreset, upgraded } from './config.ts';
import { type EatrAnswers, eatr } from './eatr.ts';
import { eatrLosses, matchedEvents } from './event-loss.ts';

/** Its line of the registry. */
export const eatrFamily = detrFamily<EatrConfig, EatrAnswers>({
  name: 'eatr',
  title: 'EaTR',
  presets: { eatr: eatrPreset },
  paper: { eatr: 8.5 },
  network: eatr,
  losses: eatrLosses,
  guide: ({ loss }) => (loss.event ? matchedEvents : undefined),
  check: checkConfig,
  upgrade: upgraded,
  // Queries and keys of the attention to one vector, and the norm before the head of the event loss where there is no such loss.
  counted: ({ width: d, loss }) => ({
    'gate attention': 2 * (d * d + d),
    'event norm': loss.event ? 0 : 2 * d,
  }),
});
