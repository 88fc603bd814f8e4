/** Which values of a config go together: asked once, before a network is built from it. */
import { CHOICES, type MadeConfig } from './config.ts';

/** @throws Error naming the key whose value is unknown or does not go with another */
export function checkConfig(config: MadeConfig): void {
  for (const key of Object.keys(CHOICES) as (keyof typeof CHOICES)[]) {
    const known: readonly string[] = CHOICES[key];
    if (!known.includes(config[key])) throw refusal(key, `one of ${known.join(', ')}`, config[key]);
  }
  const { width, heads, queries, loss, matching, decoderLayers, content } = config;
  for (const part of ['enhancement', 'detection'] as const)
    if (width % heads[part]) throw refusal(`heads.${part}`, `a number that divides the width ${width}`, heads[part]);
  if (!Number.isInteger(queries) || queries < 1) throw refusal('queries', 'a whole number from 1', queries);
  if (queries > 1 && !(config.foregroundHead && loss.foreground > 0))
    throw refusal(
      'queries',
      '1 without a trained foreground head, which chooses among several',
      queries,
      'Set foregroundHead=true loss.foreground=0.8.',
    );
  if (loss.attention && matching === 'h0')
    throw refusal('loss.attention', "0 with the matching 'h0', which has no attention to teach", loss.attention);
  if (config.detector === 'decoder') {
    if (!Number.isInteger(decoderLayers) || decoderLayers < 1)
      throw refusal('decoderLayers', 'a whole number from 1', decoderLayers, 'Set detector=regression for none.');
  } else if (queries > 1 || content !== 'video' || config.decoderSelfAttention)
    throw refusal(
      'detector',
      "'decoder' with several queries, another content than 'video' or decoderSelfAttention",
      config.detector,
    );
}

function refusal(key: string, expected: string, got: unknown, next = 'Change it with --set.'): Error {
  return new Error(`config ${key}: expected ${expected}, got ${JSON.stringify(got)}. ${next}`);
}
