/**
 * The outline of a track for drawing, and its highest sample.
 *
 * How long a track is shows only at its end, so the largest sample of every 10 ms is kept and the picture is made of those.
 */
import { createSeries } from './series.ts';

const STEP_SEC = 0.01;
const COLUMNS = 400;

export interface WaveformMeter {
  push(channels: readonly Float32Array[], sampleRate: number): void;
  end(): Waveform;
}

export interface Waveform {
  /** The largest absolute sample of any channel; 1 is full scale, and decoders can go beyond. */
  peak: number;
  /** [≤ 400] the largest absolute sample of equal stretches, 255 for full scale and above. */
  columns: Uint8Array;
}

export function createWaveformMeter(): WaveformMeter {
  const steps = createSeries();
  let [highest, elapsed] = [0, 0]; // of the step that is not full: its highest sample, its samples
  let [rate, carried] = [0, 0]; // seconds of the present step that came at another rate
  let samplesPerStep = 0;

  return {
    push(channels, sampleRate) {
      if (sampleRate !== rate) {
        carried = rate ? carried + elapsed / rate : 0;
        [rate, elapsed] = [sampleRate, 0];
        samplesPerStep = Math.max(1, Math.round((STEP_SEC - carried) * rate));
      }
      const length = channels[0]?.length ?? 0;
      for (let from = 0; from < length; ) {
        const to = Math.min(length, from + samplesPerStep - elapsed);
        for (const channel of channels)
          for (let i = from; i < to; i++) {
            const level = channel[i] < 0 ? -channel[i] : channel[i];
            if (level > highest) highest = level;
          }
        elapsed += to - from;
        from = to;
        if (elapsed === samplesPerStep) {
          steps.push([highest]);
          [highest, elapsed, carried] = [0, 0, 0];
          samplesPerStep = Math.max(1, Math.round(STEP_SEC * rate));
        }
      }
    },
    end() {
      if (elapsed > 0) steps.push([highest]);
      return draw(steps.values());
    },
  };
}

function draw(steps: Float32Array): Waveform {
  const columns = new Uint8Array(Math.min(COLUMNS, steps.length));
  let peak = 0;
  for (let column = 0; column < columns.length; column++) {
    const from = Math.floor((column * steps.length) / columns.length);
    const to = Math.floor(((column + 1) * steps.length) / columns.length);
    let highest = 0;
    for (let i = from; i < to; i++) highest = Math.max(highest, steps[i]);
    columns[column] = Math.round(255 * Math.min(1, highest));
    peak = Math.max(peak, highest);
  }
  return { peak, columns };
}
