/** sharp 0.35.0 ships its types but leaves them out of its package's `exports`, so TypeScript does not find them by itself. */
declare module 'sharp' {
  const sharp: typeof import('../../node_modules/sharp/lib/index.d.ts');
  export default sharp;
}
