/** Every number of EaTR, and the switch of what its release is trained for besides. */
import { type Kind, refusal } from '../config-check.ts';
import { checkDetrConfig, type DetrConfig, detrDefaults } from '../detr-parts/config.ts';

export interface EatrConfig extends DetrConfig {
  model: 'eatr';
  /** How often the segments are shared out among the slots. */
  slotSteps: number;
  loss: DetrConfig['loss'] & {
    /** Of the loss of where the slots' events lie (event-loss.ts), beside l1 and giou; officially 3; 0: off, and without its norm. */
    event: number;
  };
}

/** The official sizes: three layers each, of which the paper's "GF + SA-CA×2" are the decoder's. */
export const eatrPreset: EatrConfig = {
  ...detrDefaults,
  model: 'eatr',
  preset: 'eatr',
  encoderLayers: 3,
  decoderLayers: 3,
  slotSteps: 3,
  loss: { ...detrDefaults.loss, event: 0 }, // the paper trains all systems with one detection loss
};

const NUMBERS: Readonly<Record<string, Kind>> = { slotSteps: 'fromOne', 'loss.event': 'fromZero' };

/** @throws Error naming the key whose value is out of range or does not go with another */
export function checkConfig(config: EatrConfig): void {
  checkDetrConfig(config, NUMBERS);
  if (!config.loss.everyLayer && !config.loss.event)
    throw refusal(
      'loss.everyLayer',
      'true, since without the event loss only the first layer teaches where queries start',
      false,
      'Change this value of the config, or give "loss.event".',
    );
}

/** A config that was written before there was an event loss. Keys keep their order, and so a checkpoint its bytes. */
export function upgraded(config: object): EatrConfig {
  const { loss } = config as EatrConfig;
  return { ...(config as EatrConfig), loss: { ...loss, event: loss.event ?? 0 } };
}
