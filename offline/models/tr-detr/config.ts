/** Every number of TR-DETR and the switches of what its release and the paper leave open. */
import { checkNumbers, type Kind, refusal } from '../config-check.ts';
import { checkDetrConfig, type DetrConfig, detrDefaults } from '../detr-parts/config.ts';

export interface TrDetrConfig extends DetrConfig {
  model: 'tr-detr';
  /** Blocks in which the segments read the frames. */
  crossLayers: number;
  /** What attends to itself and is read by the decoder: the segments, or the frames before them too. */
  fused: (typeof FUSED)[number];
  loss: DetrConfig['loss'] & {
    /** Of the sigmoid focal loss of both logits in place of the foreground's cross-entropy, with the weight of that. */
    focal: boolean;
    /** Of the contrast between the clips' and the tracks' means in a batch (VTC), and of which segments lie in the moment (CTC); 0: off. */
    videoTrack: number;
    clipTrack: number;
  };
}

const FUSED = ['music', 'both'] as const;

/** The paper's Table 4. */
export const trDetrPreset: TrDetrConfig = {
  ...detrDefaults,
  model: 'tr-detr',
  preset: 'tr-detr',
  crossLayers: 2,
  fused: 'music', // as released
  // the paper trains all systems with one detection loss: the release's own three are off
  loss: { ...detrDefaults.loss, focal: false, videoTrack: 0, clipTrack: 0 },
};

/** Without cross-attention; the clip still enters through the refined segments, so that nothing else need change. */
export const trDetrPlusPreset: TrDetrConfig = { ...trDetrPreset, preset: 'tr-detr-plus', crossLayers: 0 };

const NUMBERS: Readonly<Record<string, Kind>> = {
  crossLayers: 'fromNone',
  'loss.videoTrack': 'fromZero',
  'loss.clipTrack': 'fromZero',
};

/** @throws Error naming the key whose value is out of range or does not go with another */
export function checkConfig(config: TrDetrConfig): void {
  checkNumbers(config, NUMBERS);
  checkDetrConfig(config);
  if (!FUSED.includes(config.fused)) throw refusal('fused', `one of ${FUSED.join(', ')}`, config.fused);
  if (typeof config.loss.focal !== 'boolean') throw refusal('loss.focal', 'true or false', config.loss.focal);
}
