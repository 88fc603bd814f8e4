/**
 * The texture of a frame: which way its edges run, how strong they are, and at which sizes there is detail.
 *
 * All of it on lightness alone: colour has its own measures. Energies go through log(1 + x), because a twice as busy
 * picture is felt as one step busier, and because a flat one must give 0 and not minus infinity.
 */

// L [side, side] lightness

const ORIENTATIONS = 8;
/** Detail between neighbouring cells, between pairs, between groups of four. */
const OCTAVES = 3;

export const TEXTURE_WIDTH = ORIENTATIONS + 1 + OCTAVES + 1;

/**
 * Writes, in this order: the share of edges in each of 8 directions; gradient energy; detail energy at three octaves, finest
 * first; sharpness.
 * @param lab [side, side, 3] L*a*b*; side a multiple of 8
 * @param out [TEXTURE_WIDTH]
 */
export function measureTexture(lab: Float32Array, side: number, out: Float32Array): void {
  const lightness = new Float32Array(side * side);
  for (let i = 0; i < lightness.length; i++) lightness[i] = lab[3 * i];
  const edges = measureEdges(lightness, side);
  out.set(edges.shares, 0);
  out[ORIENTATIONS] = Math.log1p(edges.energy);
  out.set(detailOctaves(lightness, side), ORIENTATIONS + 1);
  out[ORIENTATIONS + 1 + OCTAVES] = Math.log1p(laplacianVariance(lightness, side));
}

/**
 * An edge-orientation histogram weighted by gradient, as in the HOG descriptor (Dalal & Triggs, CVPR 2005) over the whole
 * frame: central differences, directions without sign, at 0° (a vertical edge), 22.5°, …; one between two is shared.
 * One unit of gradient per cell is added to the sum, so that noise in a flat frame stays near 0.
 */
function measureEdges(lightness: Float32Array, side: number): { shares: Float32Array; energy: number } {
  const shares = new Float32Array(ORIENTATIONS);
  const inner = (side - 2) * (side - 2);
  let sum = 0;
  for (let y = 1; y < side - 1; y++)
    for (let x = 1; x < side - 1; x++) {
      const i = y * side + x;
      const across = lightness[i + 1] - lightness[i - 1];
      const down = lightness[i + side] - lightness[i - side];
      const strength = Math.sqrt(across * across + down * down);
      if (strength === 0) continue;
      const place = (Math.atan2(down, across) / Math.PI + 1) * ORIENTATIONS; // half a turn is the same direction
      const below = Math.floor(place);
      shares[below % ORIENTATIONS] += strength * (below + 1 - place);
      shares[(below + 1) % ORIENTATIONS] += strength * (place - below);
      sum += strength;
    }
  return { shares: shares.map((share) => share / (sum + inner)), energy: sum / inner };
}

/** Root mean square of what each halving of the picture loses: the detail bands of a Haar pyramid (Mallat, PAMI 1989). */
function detailOctaves(lightness: Float32Array, side: number): number[] {
  const energies: number[] = [];
  let fine = lightness;
  for (let octave = 0, size = side; octave < OCTAVES; octave++, size /= 2) {
    const coarse = halve(fine, size);
    let squares = 0;
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) squares += (fine[y * size + x] - coarse[(y >> 1) * (size / 2) + (x >> 1)]) ** 2;
    energies.push(Math.log1p(Math.sqrt(squares / fine.length)));
    fine = coarse;
  }
  return energies;
}

function halve(fine: Float32Array, size: number): Float32Array {
  const half = size / 2;
  const coarse = new Float32Array(half * half);
  for (let y = 0; y < half; y++)
    for (let x = 0; x < half; x++) {
      const i = 2 * y * size + 2 * x;
      coarse[y * half + x] = (fine[i] + fine[i + 1] + fine[i + size] + fine[i + size + 1]) / 4;
    }
  return coarse;
}

/** Variance of the 4-neighbour Laplacian: how sharp the picture is (Pech-Pacheco et al., ICPR 2000). */
function laplacianVariance(lightness: Float32Array, side: number): number {
  const inner = (side - 2) * (side - 2);
  let sum = 0;
  let squares = 0;
  for (let y = 1; y < side - 1; y++)
    for (let x = 1; x < side - 1; x++) {
      const i = y * side + x;
      const value = lightness[i - 1] + lightness[i + 1] + lightness[i - side] + lightness[i + side] - 4 * lightness[i];
      sum += value;
      squares += value * value;
    }
  return Math.max(squares / inner - (sum / inner) ** 2, 0);
}
