/**
 * How a report looks: colours, dashes, and one style sheet for screen (light and dark), phone and paper.
 *
 * Five colours that stay apart for readers with protanopia, deuteranopia and tritanopia (simulated after Machado et al. 2009) and have
 * the 4.5 : 1 contrast WCAG 2.2 asks of text. Every line also has a dash of its own and its name at its end.
 */

export interface Theme {
  page: string;
  ink: string;
  quiet: string;
  rule: string;
  tint: string;
  series: readonly string[];
}

export const LIGHT: Theme = {
  page: '#fdfdfc',
  ink: '#22272e',
  quiet: '#5a626c',
  rule: '#e3e2dd',
  tint: '#f3f1ea',
  series: ['#0a5fa6', '#bd4b00', '#008066', '#7d2a7f', '#2a2f36'],
};

export const DARK: Theme = {
  page: '#16181b',
  ink: '#e4e6e9',
  quiet: '#9ba4ae',
  rule: '#30353b',
  tint: '#22262b',
  series: ['#5aaef5', '#f0924a', '#3fc79a', '#d77fc8', '#eef0f2'],
};

const DASHES = ['none', '7 3.5', '2 3.2', '10 3 2 3', '14 4'];

/** Classes of the i-th line of a chart: 25 lines differ before a pair of colour and dash comes again. */
export function seriesClass(i: number): string {
  const round = Math.floor(i / LIGHT.series.length);
  return `c${i % LIGHT.series.length} d${(i + round) % DASHES.length}`;
}

export function styleSheet(): string {
  return `
:root{${variables(LIGHT)}}
@media screen and (prefers-color-scheme:dark){:root{${variables(DARK)}}}
${LIGHT.series.map((_, i) => `.c${i}{--c:var(--c${i})}`).join('')}
${DASHES.map((dash, i) => `.d${i}{--d:${dash}}`).join('')}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:76rem;padding:2.5rem 1.25rem 4rem;background:var(--page);color:var(--ink);
font:0.9375rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
h1{margin:0;font-size:1.625rem;line-height:1.25;font-weight:600;letter-spacing:-0.01em;overflow-wrap:anywhere}
h2{margin:3rem 0 0.75rem;font-size:1.125rem;font-weight:600}
h3{margin:0;font-size:1rem;font-weight:600}
h3 .quiet{font-size:0.8125rem;font-weight:400}
p{margin:0.25rem 0;max-width:42rem}
.quiet,dt,th{color:var(--quiet)}
dl,dd,ul{margin:0;padding:0}
dd{overflow-wrap:anywhere}
dt,th{font-size:0.8125rem;font-weight:400}
.figures{display:flex;flex-wrap:wrap;gap:1rem 3rem;margin:1.75rem 0}
.figures dd:nth-of-type(1){font-size:1.75rem;line-height:1.2;font-weight:600;letter-spacing:-0.01em}
.figures dd:nth-of-type(2){font-size:0.8125rem;color:var(--quiet)}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(11rem,45%),1fr));gap:0.75rem 1.5rem;padding:1rem 0;border:solid var(--rule);border-width:1px 0}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr));gap:2.25rem 2.5rem;margin-top:2.25rem}
figure{margin:0;min-width:0;container-type:inline-size;break-inside:avoid}
.legend{display:flex;flex-wrap:wrap;gap:0.125rem 1.25rem;margin:0.375rem 0 0.25rem;list-style:none;font-size:0.8125rem}
.legend b{font-weight:600}
.legend svg{width:1.75rem;height:0.5rem;margin-right:0.375rem;vertical-align:middle}
.chart{display:block;width:100%;height:auto;overflow:visible}
.chart text{font-size:12px;fill:var(--quiet)}
.chart .end{fill:var(--c);font-weight:500}
.chart .best text{fill:var(--c);font-weight:600;paint-order:stroke;stroke:var(--page);stroke-width:4px;stroke-linejoin:round}
.best circle{fill:var(--page);stroke:var(--c);stroke-width:2}
.grid{fill:none;stroke:var(--rule);stroke-width:1}
.axis{fill:none;stroke:var(--quiet);stroke-width:1}
.line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round;stroke-dasharray:var(--d)}
.dot{fill:var(--c)}
.bar{fill:var(--c)}
.at rect{fill:none;pointer-events:all}
.at path{stroke:var(--quiet);stroke-width:1}
.at path,.at text{visibility:hidden}
.at:hover path,.at:hover text{visibility:visible}
.at text{fill:var(--ink)}
.chart:has(.at:hover) .unit{visibility:hidden}
@container (max-width:25rem){.chart text{font-size:16px}.chart .at text{font-size:13px}}
.wide{overflow-x:auto}
table{border-collapse:collapse;font-size:0.875rem}
th,td{padding:0.1875rem 1.5rem 0.1875rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
td{overflow-wrap:anywhere}
.numbers th,.numbers td{padding-right:1.25rem;text-align:right;white-space:nowrap}
.numbers th{overflow-wrap:normal}
tr.changed{background:var(--tint)}
tr.changed td{font-weight:600}
tr.changed td:last-child{font-weight:400}
summary{cursor:pointer}
@media print{:root{--page:#fff}body{max-width:none;padding:0;font-size:0.8125rem}.at{display:none}h2{break-after:avoid}tr{break-inside:avoid}
.charts{grid-template-columns:1fr 1fr;gap:1.5rem}details:not([open]){display:none}}
`;
}

const variables = ({ page, ink, quiet, rule, tint, series }: Theme): string =>
  [
    `--page:${page};--ink:${ink};--quiet:${quiet};--rule:${rule};--tint:${tint}`,
    ...series.map((colour, i) => `--c${i}:${colour}`),
  ].join(';');
