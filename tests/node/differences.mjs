// What differs from Node on purpose, and why. The key is the file and the title of the case.

export const accepted = {};
