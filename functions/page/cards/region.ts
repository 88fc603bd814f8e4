/** A moment on its outline, moved by hand or by arrow keys to where it may start, and told to who does not see it. */
import type { Region } from 'wavesurfer.js/dist/plugins/regions.js';
import { minutes } from '../times.ts';
import { type Grain, grainOf, snapTo, step } from './snap.ts';
import type { WaveformProps } from './waveform-props.ts';

export function makeMovable(region: Region, latest: { current: WaveformProps }): void {
  const { element } = region;
  if (!element) return;
  say(region, latest.current);
  if (!latest.current.onMove) return;
  element.tabIndex = 0;
  element.setAttribute('role', 'slider');
  element.addEventListener('keydown', (event) => {
    const { moment, durationMs, beats, onMove, grain = 'bar' } = latest.current;
    const way = ({ ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 } as const)[event.key];
    if (!way || !moment) return;
    event.preventDefault();
    if (!beats) return;
    const lastMs = Math.max(0, durationMs - (moment.endMs - moment.startMs));
    onMove?.(step(moment.startMs, way, grainOf(event, grain), beats, lastMs));
  });
  followHand(region, element, latest);
}

/** What the hand moved is summed up, though what is shown stands on a bar. */
function followHand(region: Region, element: HTMLElement, latest: { current: WaveformProps }): void {
  let grain: Grain = 'bar';
  let handMs: number | undefined;
  let shownSec = region.start;
  const look = (event: PointerEvent): void => {
    grain = grainOf(event, latest.current.grain ?? 'bar');
  };
  const end = (): void => removeEventListener('pointermove', look, true);
  element.addEventListener('pointerdown', (event) => {
    shownSec = region.start;
    handMs = region.start * 1000;
    look(event);
    addEventListener('pointermove', look, true); // before wavesurfer.js hears of it
    addEventListener('pointerup', end, { once: true });
    addEventListener('pointercancel', end, { once: true });
  });
  region.on('update', () => {
    const { durationMs, beats, moment } = latest.current;
    if (handMs === undefined || !moment) return;
    const lengthMs = moment.endMs - moment.startMs;
    handMs += (region.start - shownSec) * 1000;
    const lastMs = Math.max(0, durationMs - lengthMs);
    const startMs = beats ? snapTo(handMs, grain, beats, lastMs) : moment.startMs;
    shownSec = startMs / 1000;
    region.setOptions({ start: shownSec, end: (startMs + lengthMs) / 1000 });
  });
  region.on('update-end', () => {
    handMs = undefined;
    const startMs = Math.round(region.start * 1000);
    if (startMs !== latest.current.moment?.startMs) latest.current.onMove?.(startMs);
  });
}

export function say({ element }: Region, { title, moment, durationMs, beats, onMove }: WaveformProps): void {
  if (!element || !moment || !onMove) return;
  const values = {
    'aria-label': `Start of the moment in ${title}`,
    'aria-disabled': beats === undefined,
    'aria-valuemin': 0,
    'aria-valuemax': Math.max(0, durationMs - (moment.endMs - moment.startMs)),
    'aria-valuenow': moment.startMs,
    'aria-valuetext': `${minutes(moment.startMs)} to ${minutes(moment.endMs)}`,
  };
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, String(value));
}
