/**
 * A track's outline with what is known of it: how well each passage suits the clip, bars, where editors used it, and the moment, which can be
 * dragged or moved by arrow keys.
 *
 * wavesurfer.js draws the outline and moves the region; nothing is loaded by it. Where a region may start is snap.ts.
 */
import { useEffect, useRef } from 'preact/hooks';
import WaveSurfer from 'wavesurfer.js';
import RegionsPlugin, { type Region } from 'wavesurfer.js/dist/plugins/regions.js';
import { metaOf } from '../meta.ts';
import { minutes } from '../times.ts';
import { type Beats, type Grain, grainOf, snapTo, step } from './snap.ts';

export interface WaveformProps {
  title: string;
  waveform: readonly number[];
  durationMs: number;
  /** Shares of the clip's liking, one a stride. */
  curve?: { strideMs: number; weights: readonly number[] };
  beats: Beats;
  cuesMs?: readonly number[];
  /** The moment, which can be moved; only a mark without `onMove`. */
  moment?: { startMs: number; endMs: number };
  onMove?: (startMs: number) => void;
  /** Of the track, now; undefined while nothing of it plays. */
  positionMs?: () => number | undefined;
}

const HEIGHT = 72;
/** Above these there would be more lines than outline. */
const MOST_LINES = 220;

export function Waveform(props: WaveformProps) {
  const { durationMs, curve, beats, cuesMs = [], moment, positionMs } = props;
  const place = useRef<HTMLDivElement>(null);
  const region = useRef<Region | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const surfer = drawOutline(place.current!, latest, (drawn) => {
      region.current = drawn;
    });
    return () => {
      region.current = undefined;
      surfer.destroy();
    };
  }, [props.waveform, durationMs]);
  useEffect(() => {
    if (!region.current || !moment) return;
    region.current.setOptions({ start: moment.startMs / 1000, end: moment.endMs / 1000 });
    say(region.current, latest.current);
  }, [moment?.startMs, moment?.endMs]);

  const share = (ms: number): number => (1000 * ms) / durationMs;
  const lines = beats.downbeatsMs.length <= MOST_LINES ? beats.downbeatsMs : [];
  return (
    <div class="waveform">
      <svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true">
        {curve && <path class="curve" d={pathOf(curve, durationMs)} />}
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
      <div class="outline" ref={place} />
      {positionMs && <Playhead durationMs={durationMs} positionMs={positionMs} />}
    </div>
  );
}

/** Drawn with the screen, without the rest of the page. */
function Playhead({ durationMs, positionMs }: { durationMs: number; positionMs: () => number | undefined }) {
  const line = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let frame = requestAnimationFrame(function draw() {
      const ms = positionMs();
      if (line.current) {
        line.current.hidden = ms === undefined;
        line.current.style.left = `${(100 * (ms ?? 0)) / durationMs}%`;
      }
      frame = requestAnimationFrame(draw);
    });
    return () => cancelAnimationFrame(frame);
  }, [positionMs, durationMs]);
  return <div class="playhead" ref={line} hidden />;
}

/** @param onRegion called when there is one: before wavesurfer.js has read its outline it takes every region for a mark without a length */
function drawOutline(
  container: HTMLElement,
  latest: { current: WaveformProps },
  onRegion: (region: Region) => void,
): WaveSurfer {
  const { waveform, durationMs } = latest.current;
  const regions = RegionsPlugin.create();
  const colours = () => {
    const { color } = getComputedStyle(container); // a canvas does not know light-dark()
    return { waveColor: color, progressColor: color };
  };
  const surfer = WaveSurfer.create({
    container,
    height: HEIGHT,
    peaks: [waveform.map((sample) => sample / 255)],
    duration: durationMs / 1000,
    interact: false,
    cursorWidth: 0,
    hideScrollbar: true,
    barWidth: 2,
    barGap: 1,
    barRadius: 2,
    cspNonce: metaOf('style-nonce'),
    plugins: [regions],
    ...colours(),
  });
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const recolour = (): void => surfer.setOptions(colours());
  dark.addEventListener('change', recolour);
  surfer.once('destroy', () => dark.removeEventListener('change', recolour));
  surfer.once('ready', () => {
    const { moment, onMove } = latest.current;
    if (!moment) return;
    const drawn = regions.addRegion({
      start: moment.startMs / 1000,
      end: moment.endMs / 1000,
      drag: onMove !== undefined,
      resize: false,
      color: 'transparent',
    });
    makeMovable(drawn, latest);
    onRegion(drawn);
  });
  return surfer;
}

/** With the keyboard too, and told to who does not see it. */
function makeMovable(region: Region, latest: { current: WaveformProps }): void {
  const { element } = region;
  if (!element) return;
  say(region, latest.current);
  if (!latest.current.onMove) return;
  element.tabIndex = 0;
  element.setAttribute('role', 'slider');
  element.addEventListener('keydown', (event) => {
    const { moment, durationMs, beats, onMove } = latest.current;
    const way = ({ ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 } as const)[event.key];
    if (!way || !moment) return;
    event.preventDefault();
    const lastMs = Math.max(0, durationMs - (moment.endMs - moment.startMs));
    onMove?.(step(moment.startMs, way, grainOf(event), beats, lastMs));
  });
  let grain: Grain = 'bar';
  let rawMs: number | undefined;
  let shownSec = region.start;
  addEventListener('pointermove', (event) => {
    grain = grainOf(event);
  });
  element.addEventListener('pointerdown', () => {
    shownSec = region.start;
    rawMs = region.start * 1000;
  });
  region.on('update', () => {
    const { durationMs, beats, moment } = latest.current;
    if (rawMs === undefined || !moment) return;
    const lengthMs = moment.endMs - moment.startMs;
    rawMs += (region.start - shownSec) * 1000; // what the hand moved, though what is shown stands on a bar
    const startMs = snapTo(rawMs, grain, beats, Math.max(0, durationMs - lengthMs));
    shownSec = startMs / 1000;
    region.setOptions({ start: shownSec, end: (startMs + lengthMs) / 1000 });
  });
  region.on('update-end', () => {
    rawMs = undefined;
    latest.current.onMove?.(Math.round(region.start * 1000));
  });
}

function say({ element }: Region, { title, moment, durationMs, onMove }: WaveformProps): void {
  if (!element || !moment || !onMove) return;
  const values = {
    'aria-label': `Start of the moment in ${title}`,
    'aria-valuemin': 0,
    'aria-valuemax': Math.max(0, durationMs - (moment.endMs - moment.startMs)),
    'aria-valuenow': moment.startMs,
    'aria-valuetext': `${minutes(moment.startMs)} to ${minutes(moment.endMs)}`,
  };
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, String(value));
}

function pathOf({ strideMs, weights }: NonNullable<WaveformProps['curve']>, durationMs: number): string {
  const most = Math.max(...weights, Number.EPSILON);
  const points = weights.map((weight, i) => {
    const x = Math.min(1000, (1000 * strideMs * (i + 0.5)) / durationMs);
    return `${x.toFixed(1)},${(100 - (92 * weight) / most).toFixed(1)}`;
  });
  return `M0,100 L${points.join(' L')} L1000,100 Z`;
}
