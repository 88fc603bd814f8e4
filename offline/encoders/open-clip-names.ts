/** CLIP's image tower as OpenAI and OpenCLIP name its parameters, for a tower that asks for Hugging Face's names. */
import { FUSED, inProjection, renamed, withFused } from './fused-names.ts';
import type { Weights } from './vit.ts';

/** A parameter that only such files have. */
export const OPEN_CLIP_MARK = 'visual.conv1.weight';

const NAMES: readonly (readonly [hugging: RegExp, open: string])[] = [
  [/^vision_model\.embeddings\.patch_embedding\./, 'visual.conv1.'],
  [/^vision_model\.embeddings\.class_embedding$/, 'visual.class_embedding'],
  [/^vision_model\.embeddings\.position_embedding\.weight$/, 'visual.positional_embedding'],
  [/^vision_model\.pre_layrnorm\./, 'visual.ln_pre.'],
  [/^vision_model\.post_layernorm\./, 'visual.ln_post.'],
  [/^vision_model\.encoder\.layers\./, 'visual.transformer.resblocks.'],
  [/\.self_attn\.q_proj\./, `.attn.${FUSED.query}.`],
  [/\.self_attn\.k_proj\./, `.attn.${FUSED.key}.`],
  [/\.self_attn\.v_proj\./, `.attn.${FUSED.value}.`],
  [/\.self_attn\.out_proj\./, '.attn.out_proj.'],
  [/\.layer_norm1\./, '.ln_1.'],
  [/\.layer_norm2\./, '.ln_2.'],
  [/\.mlp\.fc1\./, '.mlp.c_fc.'],
  [/\.mlp\.fc2\./, '.mlp.c_proj.'],
];

/** @param weights of the file, by its names */
export function withOpenClipNames(weights: Weights): Weights {
  const named = renamed(withFused(weights, inProjection), (name) =>
    NAMES.reduce((text, [hugging, open]) => text.replace(hugging, open), name),
  );
  return (name, shape) => {
    if (name !== 'visual_projection.weight') return named(name, shape);
    const [outputs, inputs] = shape; // there it is stored the other way round
    const stored = weights('visual.proj', [inputs, outputs]);
    return Float32Array.from(
      { length: stored.length },
      (_, i) => stored[(i % inputs) * outputs + Math.floor(i / inputs)],
    );
  };
}
