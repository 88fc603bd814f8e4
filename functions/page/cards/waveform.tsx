/**
 * A track's outline with what is known of it: how well each passage suits the clip, bars, where editors used it, other places to jump to, and the
 * moment, which can be dragged or moved by arrow keys.
 *
 * wavesurfer.js draws the outline and moves the region; nothing is loaded by it. Where a region may start is snap.ts.
 */
import { useEffect, useRef } from 'preact/hooks';
import type { Region } from 'wavesurfer.js/dist/plugins/regions.js';
import { minutes } from '../times.ts';
import { say } from './region.ts';
import type { Beats } from './snap.ts';
import type { WaveformProps } from './waveform-props.ts';

const NO_BEATS: Beats = { beatsMs: [], downbeatsMs: [] };
/** Above these there would be more lines than outline. */
const MOST_LINES = 220;

export function Waveform(props: WaveformProps) {
  const { durationMs, curve, beats = NO_BEATS, cuesMs = [], places = [], moment, onMove, positionMs, onSeek } = props;
  const place = useRef<HTMLDivElement>(null);
  const region = useRef<Region | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    let isHere = true;
    let destroy = (): void => undefined;
    // A script of its own: the page is there without it.
    void import('./outline.ts').then(({ drawOutline }) => {
      if (!isHere) return;
      const surfer = drawOutline(place.current!, latest, (drawn) => {
        region.current = drawn;
      });
      destroy = () => surfer.destroy();
    });
    return () => {
      isHere = false;
      region.current = undefined;
      destroy();
    };
  }, [props.waveform, durationMs]);
  useEffect(() => {
    if (!region.current || !moment) return;
    region.current.setOptions({ start: moment.startMs / 1000, end: moment.endMs / 1000 });
    say(region.current, latest.current);
  }, [moment?.startMs, moment?.endMs, props.beats]);

  const share = (ms: number): number => (1000 * ms) / durationMs;
  const lines = beats.downbeatsMs.length <= MOST_LINES ? beats.downbeatsMs : [];
  const inMoment = moment ? beats.beatsMs.filter((ms) => ms >= moment.startMs && ms < moment.endMs) : [];
  return (
    <div class={places.length > 0 ? 'waveform with-places' : 'waveform'}>
      {places.map((ms) => (
        <button
          key={ms}
          type="button"
          class="jump"
          style={{ left: `${share(ms) / 10}%` }}
          aria-label={`Jump to ${minutes(ms)}, another place in ${props.title}`}
          title={minutes(ms)}
          onClick={() => onMove?.(ms)}
        />
      ))}
      <div class="drawn">
        <svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
          {curve && <path class="curve" d={pathOf(curve, durationMs)} />}
          <g class="beats">
            {inMoment.map((ms) => (
              <line key={ms} x1={share(ms)} x2={share(ms)} y1="93" y2="100" />
            ))}
          </g>
          <g class="bars">
            {lines.map((ms) => (
              <line key={ms} x1={share(ms)} x2={share(ms)} y1="90" y2="100" />
            ))}
          </g>
          <g class="cues">
            {cuesMs.map((ms) => (
              <line key={ms} x1={share(ms)} x2={share(ms)} y1="0" y2="100" />
            ))}
          </g>
        </svg>
        <div class={onSeek ? 'outline seekable' : 'outline'} ref={place} {...(onSeek && seeking(props, onSeek))} />
        {positionMs && <Playhead durationMs={durationMs} positionMs={positionMs} />}
      </div>
    </div>
  );
}

/** What an arrow key seeks by. */
const SEEK_MS = 5000;

function seeking({ title, durationMs, positionMs }: WaveformProps, onSeek: (ms: number) => void) {
  const now = Math.round(positionMs?.() ?? 0);
  return {
    role: 'slider',
    tabIndex: 0,
    'aria-label': `Position in ${title}`,
    'aria-valuemin': 0,
    'aria-valuemax': durationMs,
    'aria-valuenow': now,
    'aria-valuetext': minutes(now),
    onClick: ({ currentTarget, clientX }: { currentTarget: HTMLElement; clientX: number }) => {
      const { left, width } = currentTarget.getBoundingClientRect();
      onSeek(((clientX - left) / width) * durationMs);
    },
    onKeyDown: (event: KeyboardEvent) => {
      const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (!way) return;
      event.preventDefault();
      onSeek(Math.max(0, Math.min(durationMs - 1, (positionMs?.() ?? 0) + way * SEEK_MS)));
    },
  } as const;
}

/** Drawn with the screen, without the rest of the page. */
function Playhead({ durationMs, positionMs }: { durationMs: number; positionMs: () => number | undefined }) {
  const line = useRef<HTMLDivElement>(null);
  const now = useRef(positionMs);
  now.current = positionMs;
  useEffect(() => {
    let frame = requestAnimationFrame(function draw() {
      const ms = now.current();
      if (line.current) {
        line.current.hidden = ms === undefined;
        line.current.style.left = `${(100 * (ms ?? 0)) / durationMs}%`;
      }
      frame = requestAnimationFrame(draw);
    });
    return () => cancelAnimationFrame(frame);
  }, [durationMs]);
  return <div class="playhead" ref={line} hidden />;
}

function pathOf({ strideMs, weights }: NonNullable<WaveformProps['curve']>, durationMs: number): string {
  const most = Math.max(...weights, Number.EPSILON);
  const points = weights.map((weight, i) => {
    const x = Math.min(1000, (1000 * strideMs * (i + 0.5)) / durationMs);
    return `${x.toFixed(1)},${(100 - (92 * weight) / most).toFixed(1)}`;
  });
  return `M0,100 L${points.join(' L')} L1000,100 Z`;
}
