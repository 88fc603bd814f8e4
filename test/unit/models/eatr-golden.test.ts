import { describe } from 'vitest';
import type { NamedTensor } from '../../../offline/formats/safetensors.ts';
import { type EatrConfig, eatr, eatrFamily, eatrPreset } from '../../../offline/models/eatr/eatr.ts';
import { conditionalName } from './detr-names.ts';
import { goldenBaseline, type OfficialName } from './golden-baselines.ts';
import { decoderParts, describeGolden, goldenConfig } from './golden-detr.ts';
import { madeAt } from './made/golden.ts';

const GATE = 'transformer.decoder.layers.0.gate_';
const SLOTS = 'transformer.decoder.slot_atten.';
const RULES: readonly (readonly [RegExp, string])[] = [
  [/^slots\.start$/, `${SLOTS}slots`],
  [/^slots\.normInputs\./, `${SLOTS}norm_inputs.`],
  [/^slots\.normQuery\./, `${SLOTS}norm_slots.`],
  [/^slots\.normFfn\./, `${SLOTS}norm_mlp.`],
  [/^slots\.norm\./, `${SLOTS}norm_out.`],
  [/^slots\.(query|key|value)\./, `${SLOTS}project_$1.`],
  [/project_(q|k|v)[a-z]+\./, 'project_$1.'],
  [/^slots\.ffn\./, `${SLOTS}mlp.layers.`],
  [/^event\./, 'transformer.decoder.event_span_embed.layers.'],
  [/bbox_embed/, 'moment_span_embed'],
  [/^gate\.clip\.value\.(weight|bias)$/, `${GATE}cross_attn.in_proj_$1`],
  [/^gate\.clip\.out\./, `${GATE}cross_attn.out_proj.`],
  [/^gate\.self_attn\./, `${GATE}self_attn.`],
  [/^gate\.norm\./, `${GATE}norm.`],
  [/^gate\.out\./, `${GATE}linear.`],
];

const official: OfficialName = (ours) => {
  const name = RULES.reduce(
    (name, [pattern, theirs]) => name.replace(pattern, theirs),
    conditionalName(ours) as string,
  );
  return ours.startsWith('gate.clip.value.') ? { name, values: lastThird } : name;
};

/** Of an attention's queries, keys and values the values: those of one key do not ask for the others. */
const lastThird = ({ data }: NamedTensor): Float32Array => data.subarray((2 * data.length) / 3);

describe('EaTR gives what the official network gives', () => {
  const golden = goldenBaseline('eatr');
  const config: EatrConfig = {
    ...goldenConfig(golden, eatrPreset),
    slotSteps: golden.entry.config.slot_iterations,
  };
  describeGolden(golden, {
    config,
    layout: eatrFamily.layout(config),
    official,
    detect(b, pairs) {
      const made = eatr(b, config, pairs);
      const encoder = Array.from({ length: config.encoderLayers }, (_, i) => [
        `encoder.${i}.out`,
        madeAt(b.graph, `encoder.${i}`),
      ]);
      const parts = {
        'proj.video': made.frames.rows,
        'proj.music': made.segments.rows,
        ...Object.fromEntries(encoder),
        video_max: made.clip,
        slots: made.slots,
        'decoder.0.gate_norm': made.gated!,
        memory: made.memory.rows,
        ...decoderParts(made.decoded),
      };
      return { detections: made.detections, states: made.states, parts };
    },
  });
});
