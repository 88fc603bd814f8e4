/** What the bundle says of each track beside its tokens: its line in the catalogue, and its series in the analysis store. */
import type { TrackAnalysis } from '../../index/analysis-store.ts';
import type { Track } from '../../index/catalogue.ts';
import type { EncodedTrack } from '../encode/library.ts';
import { beatsInMs, factsInShort } from '../encode/music-facts.ts';

/** @param segments as many as the model listens to */
export function catalogueEntry(track: EncodedTrack, segments: number): Track {
  const { id, title, durationSec, file, sha256, music } = track;
  const { artist, album, genre, licence } = music.tags;
  const durationMs = Math.round(durationSec * 1000);
  return { id, title, durationMs, file, sha256, segments, artist, album, genre, licence, ...factsInShort(music) };
}

export function analysisEntry({ music }: EncodedTrack): TrackAnalysis {
  const { downbeats, segmentLufs, waveform, onsetStrength } = music;
  return { beatsMs: beatsInMs(music), downbeats, segmentLufs, waveform, onsetStrength };
}
