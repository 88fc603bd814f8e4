/** wavesurfer.js as it is used here: peaks that are known, nothing that plays, one region. */
import WaveSurfer from 'wavesurfer.js';
import RegionsPlugin, { type Region } from 'wavesurfer.js/dist/plugins/regions.js';
import { metaOf } from '../meta.ts';
import { makeMovable } from './region.ts';
import type { WaveformProps } from './waveform-props.ts';

const HEIGHT = 64;

/** @param onRegion called when there is one: before wavesurfer.js has read its outline it takes every region for a mark without a length */
export function drawOutline(
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
