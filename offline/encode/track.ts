/** One audio file: to tokens, and to what is known of its music. It is decoded once for both. */
import { createAnalyser } from '../analysis/analyser.ts';
import type { SoundEncoder } from '../encoders/sound-encoder.ts';
import { readAudio } from '../media/audio.ts';
import { SOUND_REVISION } from '../media/heard.ts';
import { readTags } from '../media/tags.ts';
import { keepMusic, type MusicFacts, readMusic } from './music-facts.ts';
import { type CachedTokens, keepTokens, readTokens, readTokensNow } from './token-cache.ts';

export interface TrackJob {
  path: string;
  sha256: string;
  cache: string;
  /** Of the encoder. */
  key: string;
}

export interface KeptTrack extends CachedTokens {
  music: MusicFacts;
}

/** Under what a track's tokens are kept: how sound is read counts as much as the encoder. */
/** Under which an encoder's tokens of a track are kept: raised with what is heard of a file. */
export const trackKey = (key: string): string => `${key}-sound-${SOUND_REVISION}`;

/** What was kept of a file's content; undefined unless it is all there. */
export async function readTrack({ cache, key, sha256 }: Omit<TrackJob, 'path'>): Promise<KeptTrack | undefined> {
  const [tokens, music] = await Promise.all([readTokens(cache, trackKey(key), sha256), readMusic(cache, sha256)]);
  return tokens && music && { ...tokens, music };
}

/** Its tokens again, not asynchronous: one track's are some 200 kB. */
export const readTrackTokensNow = ({ cache, key, sha256 }: Omit<TrackJob, 'path'>): CachedTokens | undefined =>
  readTokensNow(cache, trackKey(key), sha256);

/** Encode and analyse a file, and keep both. @throws what readAudio does, and CacheError */
export async function encodeTrack({ path, sha256, cache, key }: TrackJob, encoder: SoundEncoder): Promise<void> {
  const known = await readMusic(cache, sha256);
  const analyser = known ? undefined : createAnalyser();
  const { samples, durationSec, remarks } = await readAudio(path, { listener: analyser });
  if (analyser) await keepMusic(cache, sha256, { ...analyser.finish(), tags: await readTags(path), remarks });
  const data = await encoder.encode(samples);
  const tokens = { data, shape: [data.length / encoder.width, encoder.width] };
  await keepTokens(cache, trackKey(key), sha256, { tokens, durationSec });
}
