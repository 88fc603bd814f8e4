/**
 * How loud to play a moment, and how to fade it in and out: hints for the app that plays it.
 *
 * Moments of a catalogue differ by 20 dB and more; -16 LUFS is what AES TD1008 recommends for music streamed track by track. All is
 * computed from what was measured offline; the audio itself is left alone.
 */
import { barLines, beatAround, type Music, nearestLine } from './beat-grid.ts';
import type { Span } from './moment.ts';
import type { Loop } from './placement.ts';
import { overlapMs, segmentEdges } from './segment-edges.ts';

// S segments

/** The loudness that a moment is brought to where the request names none, in LUFS (AES TD1008). */
export const DEFAULT_TARGET_LUFS = -16;
/** A sample peak hides up to a decibel between samples (BS.1770, Annex 2); lossy coding adds some. */
const CEILING_DB = -1;
/** What is this quiet was measured as silence. */
const SILENCE_LUFS = -70;

/** What the gain is found from: the track's loudness by segment (analysis store), its length and its peak (catalogue). */
export interface MeasuredLoudness {
  /** [S] */
  segmentLufs: Float32Array;
  strideSec: number;
  trackMs: number;
  /** dBFS of the track's highest sample; null for silence. */
  peakDb: number | null;
}

/**
 * Decibels to add so that the moment plays at the target: downwards freely, upwards only as far as the track's peak stays
 * under -1 dBFS. Rounded down to a tenth. null for silence, which no gain makes loud.
 */
export function gainToTarget(span: Span, measured: MeasuredLoudness, targetLufs = DEFAULT_TARGET_LUFS): number | null {
  const lufs = loudnessOf(span, measured);
  if (lufs === null || measured.peakDb === null) return null;
  return Math.floor(10 * Math.min(targetLufs - lufs, CEILING_DB - measured.peakDb)) / 10;
}

/** Mean power of the segments under the moment, each as long as it lies there; behind the last segment that one's. */
function loudnessOf(span: Span, { segmentLufs, strideSec, trackMs }: MeasuredLoudness): number | null {
  const edges = segmentEdges(segmentLufs.length, strideSec, trackMs);
  let [energy, lastedMs] = [0, 0];
  for (let s = 0; s < segmentLufs.length; s++) {
    const ms = overlapMs(span, edges, s);
    energy += ms * 10 ** (segmentLufs[s] / 10);
    lastedMs += ms;
  }
  const lufs = lastedMs > 0 ? 10 * Math.log10(energy / lastedMs) : segmentLufs.at(-1);
  return lufs !== undefined && lufs > SILENCE_LUFS + 0.005 ? lufs : null;
}

/** Lengths in milliseconds: `inMs` from the moment's start on, `outMs` up to where it stops. */
export interface Fade {
  inMs: number;
  outMs: number;
}

/** Enough against a click, short enough to leave an attack its edge. */
const CLEAN_MS = 10;
/** A beat may come with a tone held over it. */
const ON_BEAT_MS = 30;
/** Amid a sound: it sounds like an entry, not like a cut. */
const MID_SOUND_MS = 120;
const OUT_WITHOUT_BEATS_MS = 500;
/** A start this far off a beat is not noticed; beats are known to 10 ms. */
const NEAR_MS = 20;

/**
 * In: short at the track's own start and on a downbeat, where the attack is the point; longer the more is cut into. Out: one beat,
 * so that the fade keeps the pulse; none to speak of where the track ends by itself. Neither takes more than a quarter of the moment.
 * @param moment a placement; of a loop the fades are for its first start and its last end
 */
export function fadesOf(moment: Span & { loop?: Loop }, trackMs: number, music: Music): Fade {
  const { startMs, endMs, loop } = moment;
  const mostMs = Math.floor((endMs - startMs) / 4);
  const stopMs = loop?.lastEndMs ?? endMs;
  const outMs = stopMs >= trackMs ? CLEAN_MS : beatAround(music, stopMs) || OUT_WITHOUT_BEATS_MS;
  return { inMs: Math.min(fadeIn(startMs, music), mostMs), outMs: Math.min(outMs, mostMs) };
}

function fadeIn(startMs: number, music: Music): number {
  const isOn = (lines: Uint32Array): boolean => Math.abs(lines[nearestLine(lines, startMs)] - startMs) <= NEAR_MS;
  if (startMs === 0 || isOn(barLines(music))) return CLEAN_MS;
  return isOn(music.beatsMs) ? ON_BEAT_MS : MID_SOUND_MS;
}
