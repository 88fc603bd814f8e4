/** The Worker's static assets: published files where no bucket is bound. */

/** What is used of an assets binding. */
export interface Assets {
  fetch(url: string): Promise<Response>;
}

/** @returns undefined where there is no such file @throws Error for any status but 200 and 404 */
export async function fetchAsset(assets: Assets, path: string): Promise<Response | undefined> {
  // The binding looks at the path only; the host is required by URL and never resolved.
  const response = await assets.fetch(`https://assets.invalid/${path}`);
  if (response.status === 404) {
    await response.body?.cancel();
    return undefined;
  }
  if (!response.ok) throw new Error(`assets: expected ${path} with status 200, got ${response.status}.`);
  return response;
}
