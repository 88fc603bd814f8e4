/** Where the official code of the DETR family keeps what we name otherwise, by golden's README; layers keep their numbers. */
import type { OfficialName } from './golden-baselines.ts';

const RULES: readonly (readonly [RegExp, string])[] = [
  [/^video\.norm1\./, 'input_txt_proj.0.LayerNorm.'],
  [/^video\.in\./, 'input_txt_proj.0.net.1.'],
  [/^video\.norm2\./, 'input_txt_proj.1.LayerNorm.'],
  [/^video\.out\./, 'input_txt_proj.1.net.1.'],
  [/^music\.norm1\./, 'input_vid_proj.0.LayerNorm.'],
  [/^music\.in\./, 'input_vid_proj.0.net.1.'],
  [/^music\.norm2\./, 'input_vid_proj.1.LayerNorm.'],
  [/^music\.out\./, 'input_vid_proj.1.net.1.'],
  [/^encoder\.token$/, 'global_rep_token'],
  [/^encoder\.position$/, 'global_rep_pos'],
  [/^cross\.(\d+)\./, 'transformer.t2v_encoder.layers.$1.'],
  [/^encoder\.(\d+)\./, 'transformer.encoder.layers.$1.'],
  [/^decoder\.(\d+)\./, 'transformer.decoder.layers.$1.'],
  [/^decoder\.norm\./, 'transformer.decoder.norm.'],
  [/^decoder\.query$/, 'query_embed.weight'],
  [/^decoder\.place\.(\d)\./, 'transformer.decoder.ref_point_head.layers.$1.'],
  [/^decoder\.scale\.(\d)\./, 'transformer.decoder.query_scale.layers.$1.'],
  [/^decoder\.anchor\.(\d)\./, 'transformer.decoder.ref_anchor_head.layers.$1.'],
  [/^decoder\.move\.(\d)\./, 'transformer.decoder.bbox_embed.layers.$1.'],
  [/^span\.(\d)\./, 'span_embed.layers.$1.'],
  [/^foreground\./, 'class_embed.'],
  // within a layer
  [/\.attention\.in\.(weight|bias)$/, '.self_attn.in_proj_$1'],
  [/\.attention\.out\./, '.self_attn.out_proj.'],
  [/\.ffn\.in\./, '.linear1.'],
  [/\.ffn\.out\./, '.linear2.'],
  [/\.ffn\.slope$/, '.activation.weight'],
  [/\.self\.in\.(weight|bias)$/, '.self_attn.in_proj_$1'],
  [/\.cross\.in\.(weight|bias)$/, '.multihead_attn.in_proj_$1'],
  [/\.self\.query\./, '.sa_qcontent_proj.'],
  [/\.self\.queryPlace\./, '.sa_qpos_proj.'],
  [/\.self\.key\./, '.sa_kcontent_proj.'],
  [/\.self\.keyPlace\./, '.sa_kpos_proj.'],
  [/\.self\.value\./, '.sa_v_proj.'],
  [/\.cross\.query\./, '.ca_qcontent_proj.'],
  [/\.cross\.queryPlace\./, '.ca_qpos_proj.'],
  [/\.cross\.querySine\./, '.ca_qpos_sine_proj.'],
  [/\.cross\.key\./, '.ca_kcontent_proj.'],
  [/\.cross\.keyPlace\./, '.ca_kpos_proj.'],
  [/\.cross\.value\./, '.ca_v_proj.'],
  [/\.self\.out\./, '.self_attn.out_proj.'],
];

/** Official names of a decoder of reference points. */
export const conditionalName: OfficialName = (ours) =>
  named(ours, [...RULES, [/(decoder.*)\.cross\.out\./, '$1.cross_attn.out_proj.']]);

/** Official names of DETR's own decoder. */
export const detrName: OfficialName = (ours) =>
  named(ours, [...RULES, [/(decoder.*)\.cross\.out\./, '$1.multihead_attn.out_proj.']]);

function named(ours: string, rules: readonly (readonly [RegExp, string])[]): string {
  return rules.reduce((name, [pattern, official]) => name.replace(pattern, official), ours);
}
