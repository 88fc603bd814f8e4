/** Packages that most users do without: asked for when they are needed, and told how to come by when they are not there. */

/**
 * @param load imports it; the name must stand in the `import()` itself, so that types and checks see it
 * @param what needs it, for the message: "a queue"
 * @throws Error with the line to type where it is not installed
 */
export async function optionalPackage<T>(name: string, what: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new Error(`${what}: expected the package ${name}, found none. Install it by \`npm install ${name}\`.`, {
      cause,
    });
  }
}
