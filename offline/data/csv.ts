/** Write a line of CSV (RFC 4180): what holds a comma, a quote or a line break stands in quotes. */
export function csvLine(cells: readonly (string | number)[]): string {
  return cells
    .map((value) => {
      const text = String(value);
      return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(',');
}
