/** TR-DETR as the rest of the program knows it. */
import { detrFamily } from '../detr-parts/family.ts';
import { checkConfig, type TrDetrConfig, trDetrPlusPreset, trDetrPreset } from './config.ts';
import { trDetrLosses } from './losses.ts';
import { type TrDetrAnswers, trDetr } from './tr-detr.ts';

/** Its line of the registry. */
export const trDetrFamily = detrFamily<TrDetrConfig, TrDetrAnswers>({
  name: 'tr-detr',
  title: 'TR-DETR',
  presets: { 'tr-detr': trDetrPreset, 'tr-detr-plus': trDetrPlusPreset },
  paper: { 'tr-detr': 7.8, 'tr-detr-plus': 6.2 },
  network: trDetr,
  losses: trDetrLosses,
  overBatch: ({ loss }) => loss.videoTrack > 0,
  check: checkConfig,
  // Released and never trained by moments: a recurrent network over the best moment, and a table of text positions with its norm.
  counted: ({ width, maxFrames }) => ({
    recurrent: 6 * width * (width + 1),
    'frame positions': (maxFrames + 2) * width,
  }),
});
