/** What is shown of a track, and what becomes of what is done to it. */
import type { Beats, Grain } from './snap.ts';

export interface WaveformProps {
  title: string;
  waveform: readonly number[];
  durationMs: number;
  /** Shares of the clip's liking, one a stride. */
  curve?: { strideMs: number; weights: readonly number[] };
  /** Of the track; undefined while they are not there: until then the moment stays. */
  beats?: Beats;
  /** Where editors used it. */
  cuesMs?: readonly number[];
  /** Other places, to jump to. */
  places?: readonly number[];
  /** The moment, which can be moved; only a mark without `onMove`. */
  moment?: { startMs: number; endMs: number };
  /** By what it is moved without a key held down. */
  grain?: Grain;
  onMove?: (startMs: number) => void;
  /** Of the track, now; undefined while nothing of it plays. */
  positionMs?: () => number | undefined;
  /** A press on the outline itself. */
  onSeek?: (ms: number) => void;
}
