/** What is known of a track's music, kept under the hash of its file: the analysis (offline/analysis/) and the file's tags. */
import { ANALYSIS_REVISION, type Analysis } from '../analysis/analyser.ts';
import type { NamedTensor, Safetensors } from '../formats/safetensors.ts';
import { parsedJson } from '../lib/json.ts';
import { SOUND_REVISION } from '../media/heard.ts';
import type { Tags } from '../media/tags.ts';
import { keep, placeOf, readKept, readKeptNow } from './token-cache.ts';

export interface MusicFacts extends Analysis {
  tags: Tags;
  /** What was wrong with the file and was put up with, for people. */
  remarks?: string[];
}

/** Of a track of whose music nothing is known. */
export const NO_FACTS: MusicFacts = {
  tags: {},
  loudnessLufs: null,
  peakDb: null,
  segmentLufs: new Float32Array(0),
  bpm: null,
  beatConfidence: 0,
  beats: new Float32Array(0),
  downbeats: new Uint32Array(0),
  beatsPerBar: null,
  key: null,
  highlight: null,
  waveform: new Uint8Array(0),
  onsetStrength: new Uint8Array(0),
};

const SERIES = ['segmentLufs', 'beats', 'downbeats', 'waveform', 'onsetStrength'] as const;
type Series = Pick<MusicFacts, (typeof SERIES)[number]>;

/** Of the cache. */
export const ANALYSIS_FOLDER = `analysis-${ANALYSIS_REVISION}-sound-${SOUND_REVISION}`;

export function keepMusic(cache: string, sha256: string, music: MusicFacts): Promise<void> {
  const { segmentLufs, beats, downbeats, waveform, onsetStrength, ...facts } = music;
  const series = { segmentLufs, beats, downbeats, waveform, onsetStrength } satisfies Series;
  const tensors = new Map<string, NamedTensor>(
    SERIES.map((name) => [name, { data: Float32Array.from(series[name]), shape: [series[name].length] }]),
  );
  return keep(placeOf(cache, ANALYSIS_FOLDER, sha256), { tensors, metadata: { facts: JSON.stringify(facts) } });
}

/** Undefined where nothing is kept, or not all of it. */
export async function readMusic(cache: string, sha256: string): Promise<MusicFacts | undefined> {
  return factsIn(await readKept(placeOf(cache, ANALYSIS_FOLDER, sha256)));
}

/** The same, not asynchronous. */
export const readMusicNow = (cache: string, sha256: string): MusicFacts | undefined =>
  factsIn(readKeptNow(placeOf(cache, ANALYSIS_FOLDER, sha256)));

function factsIn(kept: Safetensors | undefined): MusicFacts | undefined {
  if (!kept?.metadata.facts || SERIES.some((name) => !kept.tensors.has(name))) return undefined;
  const facts = parsedJson(kept.metadata.facts) as Omit<MusicFacts, keyof Series> | undefined;
  if (!facts) return undefined; // damaged: it is made again
  const { data: segmentLufs } = kept.tensors.get('segmentLufs')!;
  const { data: beats } = kept.tensors.get('beats')!;
  return {
    ...facts,
    segmentLufs,
    beats,
    downbeats: Uint32Array.from(kept.tensors.get('downbeats')!.data),
    waveform: Uint8Array.from(kept.tensors.get('waveform')!.data),
    onsetStrength: Uint8Array.from(kept.tensors.get('onsetStrength')!.data),
  };
}

/** What fits in a line of a catalogue, to two decimals: finer differences are not audible. */
export function factsInShort({ loudnessLufs, peakDb, bpm, beatConfidence, beatsPerBar, key, highlight }: MusicFacts) {
  const inMs = (sec: number): number => Math.round(1000 * sec);
  const rounded = (value: number): number => Number(value.toFixed(2));
  return {
    loudnessLufs: loudnessLufs && rounded(loudnessLufs),
    peakDb: peakDb && rounded(peakDb),
    bpm: bpm && rounded(bpm),
    beatConfidence: rounded(beatConfidence),
    beatsPerBar,
    key: key && { ...key, confidence: rounded(key.confidence) },
    highlight: highlight && ([inMs(highlight.startSec), inMs(highlight.endSec)] as [number, number]),
  };
}

export const beatsInMs = ({ beats }: MusicFacts): Uint32Array =>
  Uint32Array.from(beats, (sec) => Math.round(sec * 1000));
