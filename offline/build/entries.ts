/** What the bundle says of each track beside its tokens: its line in the catalogue, and its series in the analysis store. */
import type { TrackAnalysis } from '../../index/analysis-store.ts';
import type { Track } from '../../index/catalogue.ts';
import type { EncodedTrack } from '../encode/library.ts';

/** @param segments as many as the model listens to */
export function catalogueEntry(track: EncodedTrack, segments: number): Track {
  const { id, title, durationSec, file, sha256, music } = track;
  const { tags, loudnessLufs, peakDb, bpm, beatConfidence, beatsPerBar, key } = music;
  const { artist, album, genre, licence } = tags;
  return {
    id,
    title,
    durationMs: Math.round(durationSec * 1000),
    file,
    sha256,
    segments,
    artist,
    album,
    genre,
    licence,
    loudnessLufs: loudnessLufs && rounded(loudnessLufs),
    peakDb: peakDb && rounded(peakDb),
    bpm: bpm && rounded(bpm),
    beatConfidence: rounded(beatConfidence),
    beatsPerBar,
    key: key && { ...key, confidence: rounded(key.confidence) },
  };
}

export function analysisEntry({ music }: EncodedTrack): TrackAnalysis {
  const { beats, downbeats, segmentLufs, waveform, onsetStrength } = music;
  return {
    beatsMs: Uint32Array.from(beats, (sec) => Math.round(sec * 1000)),
    downbeats,
    segmentLufs,
    waveform,
    onsetStrength,
  };
}

/** To two decimals, which nobody hears. */
const rounded = (value: number): number => Number(value.toFixed(2));
