/** Times and numbers as people read them. */

/** 1:06.5 for 66537 ms. */
export function minutes(ms: number): string {
  const tenths = Math.round(ms / 100);
  return `${Math.floor(tenths / 600)}:${((tenths % 600) / 10).toFixed(1).padStart(4, '0')}`;
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** 0.00, and not -0.00, for -0.001. */
export function hundredths(value: number): string {
  return (Math.round(value * 100) / 100 || 0).toFixed(2);
}
