/**
 * The clip's time: a line to seek on, and below it what lies where: the beats of the music that plays, the clip's cuts and speech, and the point
 * that the strongest beat is put on by a click.
 */
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { seconds } from '../times.ts';
import type { BeatUnder } from './music-plan.ts';

/** Found in the clip, in its milliseconds. */
export interface InClip {
  cutsMs?: readonly number[];
  speechMs?: readonly (readonly [number, number])[];
}

export interface TimelineProps {
  video: RefObject<HTMLVideoElement | null>;
  clipMs: number;
  isPlaying: boolean;
  /** None while no music with beats is chosen. */
  beats: readonly BeatUnder[];
  inClip: InClip;
  hitAtMs?: number;
  onSeek: (sec: number) => void;
  onHit: (ms: number | undefined) => void;
}

/** What an arrow key moves the strongest beat by. */
const HIT_STEP_MS = 100;
/** So near a beat a cut is on it (as the answer's `cutsOnBeat` has it). */
export const ON_BEAT_MS = 60;

export function Timeline(props: TimelineProps) {
  const { video, clipMs, isPlaying, beats, inClip, hitAtMs, onSeek, onHit } = props;
  const seek = useRef<HTMLInputElement>(null);
  const lane = useRef<HTMLDivElement>(null);
  const shown = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const show = (): void => {
      const ms = Math.min(clipMs, (video.current?.currentTime ?? 0) * 1000);
      const share = clipMs > 0 ? ms / clipMs : 0;
      if (seek.current) {
        seek.current.value = String(Math.round(ms));
        seek.current.ariaValueText = seconds(ms);
        seek.current.style.setProperty('--done', `${100 * share}%`);
      }
      if (lane.current) lane.current.style.left = `${100 * share}%`;
      if (shown.current) shown.current.textContent = seconds(ms);
    };
    show();
    const element = video.current;
    element?.addEventListener('seeked', show);
    let frame = isPlaying
      ? requestAnimationFrame(function draw() {
          show();
          frame = requestAnimationFrame(draw);
        })
      : 0;
    return () => {
      element?.removeEventListener('seeked', show);
      cancelAnimationFrame(frame);
    };
  }, [clipMs, isPlaying]);
  const at = (ms: number): string => `${clipMs > 0 ? (100 * ms) / clipMs : 0}%`;
  const hitAt = (ms: number): void => onHit(Math.max(0, Math.min(clipMs, Math.round(ms))));
  return (
    <div class="times">
      <input
        ref={seek}
        class="seek"
        type="range"
        min="0"
        max={Math.max(1, Math.round(clipMs))}
        step="10"
        aria-label="Position in the clip"
        disabled={clipMs === 0}
        onInput={(event) => onSeek(Number(event.currentTarget.value) / 1000)}
      />
      <div
        class="lane"
        role="slider"
        tabIndex={0}
        aria-label="Strongest beat of the music at"
        aria-valuemin={0}
        aria-valuemax={clipMs}
        aria-valuenow={hitAtMs ?? 0}
        aria-valuetext={hitAtMs === undefined ? 'anywhere' : seconds(hitAtMs)}
        onClick={(event) => {
          const { left, width } = event.currentTarget.getBoundingClientRect();
          if (clipMs > 0) hitAt(((event.clientX - left) / width) * clipMs);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Delete' || event.key === 'Escape') onHit(undefined);
          const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
          if (!way || clipMs === 0) return;
          event.preventDefault();
          hitAt((hitAtMs ?? 0) + way * HIT_STEP_MS);
        }}
      >
        {inClip.speechMs?.map(([from, to]) => (
          <span key={from} class="speech" style={{ left: at(from), width: at(to - from) }} />
        ))}
        {beats.map(({ atMs, isBar }) => (
          <span key={atMs} class={isBar ? 'beat bar' : 'beat'} style={{ left: at(atMs) }} />
        ))}
        {inClip.cutsMs?.map((ms) => (
          <span key={ms} class={isOnBeat(ms, beats) ? 'cut on' : 'cut'} style={{ left: at(ms) }} />
        ))}
        <span class="playhead" ref={lane} />
        {hitAtMs !== undefined && <span class="hit" style={{ left: at(hitAtMs) }} />}
      </div>
      <p class="clock">
        <span ref={shown}>0.0 s</span> <span class="of">of {seconds(clipMs)}</span>
      </p>
    </div>
  );
}

export function isOnBeat(ms: number, beats: readonly BeatUnder[]): boolean {
  return beats.some(({ atMs }) => Math.abs(atMs - ms) <= ON_BEAT_MS);
}
