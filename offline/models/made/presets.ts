/** MaDe's presets: what config.ts defines, and the paper's ablations of it. */
import { ablationsOf } from './ablations.ts';
import { cuepoint, type MadeConfig, paper, reference, small } from './config.ts';

/** Every preset by the name that `--preset` takes. */
export const PRESETS: Readonly<Record<string, MadeConfig>> = {
  paper,
  reference,
  cuepoint,
  small,
  ...ablationsOf(paper),
};
