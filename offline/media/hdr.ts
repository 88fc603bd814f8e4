/**
 * From HDR light (BT.2100: PQ or HLG, BT.2020 colours) to the sRGB that every picture of a training set is in.
 *
 * Read as if they were sRGB, the code values of PQ and HLG are grey and dull. Here they become light, light beyond the white of
 * paper is bent under 1, and the rest is stored as sRGB. It is written in filters that every ffmpeg has (lutrgb,
 * colorchannelmixer): zscale and tonemap do the same kind of thing where they exist, but equal files shall give equal
 * tokens whatever ffmpeg was built with. The tests compare both.
 */

/** As ffmpeg names them in the description of a stream. */
export type HdrTransfer = 'smpte2084' | 'arib-std-b67';

/** The white of paper, where sRGB's 1 lies (ITU-R BT.2408, table 1), and the light of the display HDR is made for. cd/m². */
const PAPER_WHITE = 203;
const PEAK = 1000;

/** Light up to here, in parts of paper white, stays as it is: faces, landscapes, everything but highlights. */
const KNEE = 0.5;

/** The transfer of a video stream's description in ffmpeg's log, if it is an HDR one. */
export function hdrTransfer(description: string): HdrTransfer | undefined {
  return /\b(smpte2084|arib-std-b67)\b/.exec(description)?.[1] as HdrTransfer | undefined;
}

/** Filters from Y'CbCr of the given transfer to 8-bit R'G'B' as sRGB stores it. */
export function hdrFilters(transfer: HdrTransfer): string {
  const light = transfer === 'smpte2084' ? pqLight : hlgLight;
  return [
    'scale=in_color_matrix=bt2020:flags=accurate_rnd+full_chroma_int',
    'format=gbrp16le',
    curve(shoulder(light('val/65535'))),
    `colorchannelmixer=${BT2020_TO_BT709}`,
    curve(srgb('val/65535')),
    'format=gbrp',
  ].join(',');
}

const curve = (of: string): string =>
  `lutrgb=${['r', 'g', 'b'].map((channel) => `${channel}='65535*(${of})'`).join(':')}`;

/** SMPTE ST 2084, equation 4: code value to light in parts of paper white. */
function pqLight(code: string): string {
  const root = `pow(${code},32/2523)`; // 1/m2
  return `${10000 / PAPER_WHITE}*pow(max(${root}-107/128,0)/(2413/128-2392/128*${root}),8192/1305)`; // c1, c2, c3, 1/m1
}

/**
 * ITU-R BT.2100, table 5: the inverse OETF, then the OOTF of a 1000 cd/m² display (gamma 1.2). The OOTF is taken of each
 * colour by itself and not of their luminance: exact for greys, a little more saturated elsewhere.
 */
function hlgLight(code: string): string {
  const scene = `if(lte(${code},0.5),${code}*${code}/3,(exp((${code}-0.55991073)/0.17883277)+0.28466892)/12)`;
  return `${PEAK / PAPER_WHITE}*pow(${scene},1.2)`;
}

/**
 * The extended curve of Reinhard et al. ("Photographic tone reproduction for digital images", 2002, equation 4) above the knee:
 * it leaves the knee with slope 1 and reaches 1 at the peak. Paper white lands at 0.753, which sRGB stores as 225.
 */
function shoulder(light: string): string {
  const peak = (PEAK / PAPER_WHITE - KNEE) / (1 - KNEE);
  const over = `((ld(0)-${KNEE})/${1 - KNEE})`;
  const bent = `${KNEE}+${1 - KNEE}*${over}*(1+${over}/${peak * peak})/(1+${over})`;
  return `0*st(0,${light})+if(lte(ld(0),${KNEE}),ld(0),min(1,${bent}))`;
}

/** IEC 61966-2-1. */
function srgb(light: string): string {
  return `if(lte(${light},0.0031308),12.92*${light},1.055*pow(${light},1/2.4)-0.055)`;
}

/** ITU-R BT.2087, equation for linear light, rows of R, G and B. */
const BT2020_TO_BT709 =
  'rr=1.6605:rg=-0.5876:rb=-0.0728:gr=-0.1246:gg=1.1329:gb=-0.0083:br=-0.0182:bg=-0.1006:bb=1.1187';
