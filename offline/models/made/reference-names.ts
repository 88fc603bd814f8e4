/**
 * The names of our parameters in the reference implementation's state dict, so that its weights can be read.
 * Shapes and the order of values within a parameter are the same on both sides ([out, in] weights, in-projection rows q, k, v).
 */

const FIXED: Readonly<Record<string, string>> = {
  'video.project': 'vit_proj',
  'music.project': 'ast_proj',
  'matching.norm1': 'video_guided_to_music_pooling_cross_transformer.layer_norm1',
  'matching.norm2': 'video_guided_to_music_pooling_cross_transformer.layer_norm2',
  'matching.norm3': 'video_guided_to_music_pooling_cross_transformer.layer_norm3',
  'matching.query': 'video_guided_to_music_pooling_cross_transformer.cross_attn.q_proj',
  'matching.key': 'video_guided_to_music_pooling_cross_transformer.cross_attn.k_proj',
  'matching.value': 'video_guided_to_music_pooling_cross_transformer.cross_attn.v_proj',
  'matching.out': 'video_guided_to_music_pooling_cross_transformer.cross_attn.out_proj',
  'matching.final': 'video_guided_to_music_pooling_cross_transformer.linear_proj',
  'decoder.norm': 'detr_transformer.decoder.norm',
  foreground: 'class_embed',
};

/** `encoder.1.attention.in.weight` -> `detr_transformer.encoder.layers.1.self_attn.in_proj_weight` */
export function referenceName(name: string): string {
  if (name === 'matching.log_scale') return 'logit_scale';
  if (name === 'decoder.query') return 'decoder_query_embed.weight';
  const [, layer, leaf] = /^(.*)\.(weight|bias)$/.exec(name) as RegExpExecArray;
  if (FIXED[layer]) return `${FIXED[layer]}.${leaf}`;
  const parts = layer.split('.');
  if (parts[0] === 'span') return `span_embed.layers.${parts[1]}.${leaf}`;
  if (parts[0] === 'encoder' || parts[0] === 'decoder')
    return `detr_transformer.${parts[0]}.layers.${parts[1]}.${detectionLayer(parts.slice(2))}${joined(parts, leaf)}`;
  return `${parts[0] === 'video' ? 'video' : 'audio'}_transformer.${enhancementLayer(parts.slice(1))}${joined(parts, leaf)}`;
}

/** PyTorch keeps an in-projection as a parameter of the attention itself, not as a layer. */
function joined(parts: readonly string[], leaf: string): string {
  return isInProjection(parts) ? `in_proj_${leaf}` : leaf;
}

function isInProjection(parts: readonly string[]): boolean {
  return parts.at(-1) === 'in' && parts.at(-2) !== 'ffn';
}

function enhancementLayer(parts: readonly string[]): string {
  const known: Record<string, string> = {
    norm1: 'layers.0.0.',
    'attention.in': 'layers.0.1.',
    'attention.out': 'layers.0.1.out_proj.',
    norm2: 'layers.0.2.',
    'ffn.in': 'layers.0.3.0.',
    'ffn.out': 'layers.0.3.3.',
    final: 'final_linear.',
  };
  return known[parts.join('.')];
}

function detectionLayer(parts: readonly string[]): string {
  const known: Record<string, string> = {
    'attention.in': 'self_attn.',
    'attention.out': 'self_attn.out_proj.',
    'self.in': 'self_attn.',
    'self.out': 'self_attn.out_proj.',
    'cross.in': 'multihead_attn.',
    'cross.out': 'multihead_attn.out_proj.',
    'ffn.in': 'linear1.',
    'ffn.out': 'linear2.',
  };
  const key = parts.join('.');
  if (known[key]) return known[key];
  return `${key}.`; // norm1, norm2 and norm3 are called so on both sides
}
