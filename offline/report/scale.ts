/**
 * From values to places on an axis, with ticks at round numbers, and how a number is written.
 *
 * Ticks are multiples of 1, 2 or 5 times a power of ten (Heckbert, "Nice Numbers for Graph Labels", Graphics Gems, 1990).
 * Numbers are written here and not by the locale of the machine, so that equal input gives equal bytes.
 */

export interface Scale {
  kind: 'linear' | 'log';
  /** Coordinate of a value; NaN where a log scale has none. */
  place(value: number): number;
  ticks: { value: number; label: string }[];
}

export interface Span {
  low: number;
  high: number;
}

/** The finite values' smallest and largest; undefined when there is none. */
export function spanOf(values: Iterable<number>): Span | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? { low, high } : undefined;
}

/** An axis for amounts: ends at ticks, and begins at zero when zero is nearer than the values' own spread. */
export function amountScale(span: Span, from: number, to: number, ticks = 5): Scale {
  let { low, high } = span;
  if (low > 0 && low <= high - low) low = 0;
  const flat = high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high)); // closer than labels could show
  if (flat) [low, high] = low === 0 ? [0, 1] : [Math.min(0, 2 * low), Math.max(0, 2 * low)];
  const step = roundStep((high - low) / ticks);
  const dust = 1e-9; // 0.6 / 0.05 is a little under 12
  const [first, last] = [Math.floor(low / step + dust), Math.ceil(high / step - dust)];
  return linear(multiples(step, first, last), step, [first * step, last * step], from, to);
}

/** An axis for counts such as epochs: ends where the values end, with ticks at whole numbers. */
export function countScale({ low, high }: Span, from: number, to: number, ticks = 6): Scale {
  if (low === high) [low, high] = [low - 1, high + 1];
  const step = Math.max(1, roundStep((high - low) / ticks));
  return linear(multiples(step, Math.ceil(low / step), Math.floor(high / step)), step, [low, high], from, to);
}

/** An axis for positive amounts over several powers of ten. */
export function logScale({ low, high }: Span, from: number, to: number): Scale {
  const first = Math.floor(Math.log10(low));
  const last = Math.max(first + 1, Math.ceil(Math.log10(high)));
  const every = Math.ceil((last - first) / 6);
  const powers = Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, i) => 10 ** (first + i * every));
  const place = (value: number) =>
    value > 0 ? from + ((Math.log10(value) - first) / (last - first)) * (to - from) : Number.NaN;
  return {
    kind: 'log',
    place,
    ticks: powers.map((value) => ({ value, label: value < 1e5 ? written(value) : exponential(value) })),
  };
}

/** Four significant digits, three from 0.001 to one, thousands whole: 2.312, 0.0936, 12,401, 3.1e−5. */
export function written(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'not a number' : value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return exponential(value, 4);
  return typeset(String(size >= 1e3 ? Math.round(value) : Number(value.toPrecision(size < 1 ? 3 : 4))));
}

/** Every tick with as many decimals as the step has, so that they read as one column: 0.5, 1.0, 1.5. */
function linear(
  values: readonly number[],
  step: number,
  [low, high]: [number, number],
  from: number,
  to: number,
): Scale {
  const largest = Math.max(...values.map(Math.abs), 0);
  const decimals = Math.max(0, -Math.floor(Math.log10(step * (1 + 1e-9))));
  const label = (value: number) =>
    value !== 0 && (largest < 0.01 || largest >= 1e6)
      ? exponential(value)
      : typeset(value.toFixed(value === 0 && largest < 0.01 ? 0 : decimals));
  return {
    kind: 'linear',
    place: (value) => from + ((value - low) / (high - low)) * (to - from),
    ticks: values.map((value) => ({ value, label: label(value) })),
  };
}

function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5].find((f) => rough <= f * power * (1 + 1e-9)) ?? 10;
  return factor * power;
}

/** Without the dust of binary fractions: 0.3 and not 0.30000000000000004. */
const multiples = (step: number, first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));

const exponential = (value: number, digits = 12): string => typeset(Number(value.toPrecision(digits)).toExponential());

/** A true minus sign, commas between thousands, no plus in an exponent. */
function typeset(number: string): string {
  const [whole, fraction] = number.replace('e+', 'e').split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return (fraction === undefined ? grouped : `${grouped}.${fraction}`).replaceAll('-', '−');
}
