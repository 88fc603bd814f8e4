/**
 * The colour and the light of a frame: how much, which, how varied, and where.
 *
 * Music goes with colour by way of feeling (Palmer et al., PNAS 2013: faster, major music with more saturated, lighter, warmer
 * colours), so saturation, lightness and warmth each have measures of their own.
 */

// n cells of the grid, side x side

/** Percentiles of L*, in parts of 1: the dark end, the body and the bright end of the picture's tones. */
const PERCENTILES = [0.05, 0.25, 0.5, 0.75, 0.95];
const HUES = 8;
/** The layout's regions along one side: the thirds of photography. */
const THIRDS = 3;
/** L*, a*, b*. */
const CHANNELS = 3;

export const COLOUR_WIDTH = 2 * CHANNELS + PERCENTILES.length + 2 + HUES + 2 + THIRDS * THIRDS * CHANNELS;

/**
 * Writes, in this order: means of L*, a*, b*; their deviations; percentiles of L*; mean and deviation of chroma; the share
 * of chroma in each of 8 hues; warmth; colourfulness; the mean L*, a*, b* of each third by third of the frame.
 * @param rgb [n, 3] sRGB values, 0 to 255
 * @param lab [n, 3] the same cells in L*a*b*
 * @param out [COLOUR_WIDTH]
 */
export function measureColour(rgb: Float32Array, lab: Float32Array, side: number, out: Float32Array): void {
  const n = side * side;
  const lightness = new Float32Array(n);
  const chroma = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    lightness[i] = lab[3 * i];
    chroma[i] = Math.hypot(lab[3 * i + 1], lab[3 * i + 2]);
  }
  let at = 0;
  const channels = [0, 1, 2].map((channel) => spread(lab, channel, CHANNELS));
  for (const { mean } of channels) out[at++] = mean;
  for (const { deviation } of channels) out[at++] = deviation;
  lightness.sort();
  for (const share of PERCENTILES) out[at++] = lightness[Math.round(share * (n - 1))];
  const saturation = spread(chroma, 0, 1);
  out[at++] = saturation.mean;
  out[at++] = saturation.deviation;
  const hues = hueShares(lab, chroma);
  out.set(hues, at);
  at += HUES;
  out[at++] = warmth(lab, chroma);
  out[at++] = colourfulness(rgb);
  out.set(layout(lab, side), at);
}

/**
 * How much of the chroma lies in each hue, at 0°, 45°, … of the a*b* plane; a hue between two is shared by both.
 * Grey has no hue: one unit of chroma per cell is added to the sum, so that noise in a grey frame stays near 0.
 */
function hueShares(lab: Float32Array, chroma: Float32Array): Float32Array {
  const shares = new Float32Array(HUES);
  let total = chroma.length;
  for (let i = 0; i < chroma.length; i++) {
    const turn = Math.atan2(lab[3 * i + 2], lab[3 * i + 1]) / (2 * Math.PI);
    const place = (turn + 1) * HUES;
    const below = Math.floor(place);
    shares[below % HUES] += chroma[i] * (below + 1 - place);
    shares[(below + 1) % HUES] += chroma[i] * (place - below);
    total += chroma[i];
  }
  return shares.map((share) => share / total);
}

/** Mean warm-cool feeling: -0.5 + 0.02 C^1.07 cos(h - 50°) (Ou, Luo, Woodcock & Wright, Color Research & Application 2004). */
function warmth(lab: Float32Array, chroma: Float32Array): number {
  const towardsRed = Math.cos((50 * Math.PI) / 180);
  const towardsYellow = Math.sin((50 * Math.PI) / 180);
  let sum = 0;
  for (let i = 0; i < chroma.length; i++) {
    if (chroma[i] === 0) continue;
    const cosine = (lab[3 * i + 1] * towardsRed + lab[3 * i + 2] * towardsYellow) / chroma[i];
    sum += 0.02 * chroma[i] ** 1.07 * cosine;
  }
  return sum / chroma.length - 0.5;
}

/** Hasler & Süsstrunk, "Measuring colourfulness in natural images" (SPIE 2003), M̂(3): spread plus 0.3 distance from grey. */
function colourfulness(rgb: Float32Array): number {
  const opponents = new Float32Array((rgb.length / 3) * 2);
  for (let i = 0, o = 0; i < rgb.length; i += 3, o += 2) {
    opponents[o] = rgb[i] - rgb[i + 1];
    opponents[o + 1] = (rgb[i] + rgb[i + 1]) / 2 - rgb[i + 2];
  }
  const redGreen = spread(opponents, 0, 2);
  const yellowBlue = spread(opponents, 1, 2);
  return Math.hypot(redGreen.deviation, yellowBlue.deviation) + 0.3 * Math.hypot(redGreen.mean, yellowBlue.mean);
}

/** [3, 3, 3] rows, columns, channels. A cell belongs to the third its middle lies in. */
function layout(lab: Float32Array, side: number): Float32Array {
  const sums = new Float64Array(THIRDS * THIRDS * CHANNELS);
  const cells = new Float64Array(THIRDS * THIRDS);
  const third = Array.from({ length: side }, (_, i) => Math.floor(((i + 0.5) * THIRDS) / side));
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const region = third[y] * THIRDS + third[x];
      const from = 3 * (y * side + x);
      cells[region]++;
      for (let channel = 0; channel < CHANNELS; channel++) sums[region * CHANNELS + channel] += lab[from + channel];
    }
  return Float32Array.from(sums, (sum, i) => sum / cells[Math.floor(i / CHANNELS)]);
}

/** Mean and standard deviation of every `stride`-th value from `first` on. */
function spread(values: Float32Array, first: number, stride: number): { mean: number; deviation: number } {
  const n = values.length / stride;
  let sum = 0;
  for (let i = first; i < values.length; i += stride) sum += values[i];
  const mean = sum / n;
  let squares = 0;
  for (let i = first; i < values.length; i += stride) squares += (values[i] - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / n) };
}
