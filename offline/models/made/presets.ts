/** MaDe's presets: what config.ts defines, and the paper's ablations of it. */
import { ablationsOf } from './ablations.ts';
import { type MadeConfig, paper, reference } from './config.ts';

/** Every preset by the name that `--preset` takes. */
export const PRESETS: Readonly<Record<string, MadeConfig>> = {
  paper,
  reference,
  ...ablationsOf(paper),
};
