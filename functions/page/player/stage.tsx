/** The clip as it plays: its picture, its timeline, on which a click puts the music's strongest beat, and how loud both are. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { PlayIcon } from '../cards/card.tsx';
import { seconds } from '../times.ts';
import type { Player, PlayerState } from './player.ts';

export interface StageProps {
  src: string;
  clipMs: number;
  player: Player;
  state: PlayerState;
  hitAtMs?: number;
  onHit: (ms: number | undefined) => void;
  onFailed: (reason: unknown) => void;
}

/** What an arrow key moves the beat by. */
const HIT_STEP_MS = 100;

export function Stage({ src, clipMs, player, state, hitAtMs, onHit, onFailed }: StageProps) {
  const video = useRef<HTMLVideoElement>(null);
  const line = useRef<HTMLDivElement>(null);
  const [levels, setLevels] = useState({ clip: 0.5, music: 1 });
  useEffect(() => {
    if (clipMs > 0) player.show(video.current!, clipMs);
  }, [src, clipMs]);
  useEffect(() => player.setLevels(levels), [levels]);
  useEffect(() => {
    let frame = requestAnimationFrame(function draw() {
      const share = clipMs > 0 ? ((video.current?.currentTime ?? 0) * 1000) / clipMs : 0;
      if (line.current) line.current.style.left = `${100 * Math.min(1, share)}%`;
      frame = requestAnimationFrame(draw);
    });
    return () => cancelAnimationFrame(frame);
  }, [clipMs]);

  const shown = state.isLoading ? 'loading' : state.isPlaying ? 'playing' : 'idle';
  const toggle = (): void => {
    if (state.isPlaying) player.pause();
    else player.play().catch(onFailed);
  };
  const hitAt = (ms: number): void => onHit(Math.max(0, Math.min(clipMs, Math.round(ms))));
  return (
    <section class="stage" aria-label="Your clip">
      {/* biome-ignore lint/a11y/useMediaCaption: it is the person's own clip, and there are none */}
      <video ref={video} src={src} playsInline preload="auto" onClick={toggle} />
      <div class="transport">
        <button
          type="button"
          class="play"
          aria-label={state.isPlaying ? 'Stop the clip' : 'Play the clip'}
          disabled={clipMs === 0}
          onClick={toggle}
        >
          <PlayIcon state={shown} />
        </button>
        <div
          class="timeline"
          role="slider"
          tabIndex={0}
          aria-label="Strongest beat of the music at"
          aria-valuemin={0}
          aria-valuemax={clipMs}
          aria-valuenow={hitAtMs ?? 0}
          aria-valuetext={hitAtMs === undefined ? 'anywhere' : seconds(hitAtMs)}
          onClick={(event) => {
            const { left, width } = event.currentTarget.getBoundingClientRect();
            hitAt(((event.clientX - left) / width) * clipMs);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Delete' || event.key === 'Escape') onHit(undefined);
            const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
            if (!way) return;
            event.preventDefault();
            hitAt((hitAtMs ?? 0) + way * HIT_STEP_MS);
          }}
        >
          <div class="track" />
          <div class="playhead" ref={line} />
          {hitAtMs !== undefined && clipMs > 0 && <div class="hit" style={{ left: `${(100 * hitAtMs) / clipMs}%` }} />}
        </div>
        <span class="time">{seconds(clipMs)}</span>
      </div>
      <p class="note">
        {hitAtMs === undefined ? (
          'Click the line to put the strongest beat there.'
        ) : (
          <>
            Strongest beat at {seconds(hitAtMs)}.{' '}
            <button type="button" class="plain" onClick={() => onHit(undefined)}>
              Anywhere again
            </button>
          </>
        )}
      </p>
      <div class="levels">
        {(['clip', 'music'] as const).map((name) => (
          <label key={name}>
            {name === 'clip' ? 'Clip’s sound' : 'Music'}
            <input
              type="range"
              min="0"
              max="1"
              step="0.01"
              value={levels[name]}
              onInput={(event) => setLevels({ ...levels, [name]: Number(event.currentTarget.value) })}
            />
          </label>
        ))}
      </div>
    </section>
  );
}
