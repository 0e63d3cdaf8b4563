// What was entered is kept in the device: IndexedDB, else localStorage (no photographs), else nowhere.

async function openKeep(packId) {
  for (const open of [keepInDatabase, keepInStorage]) {
    try {
      return await open(packId);
    } catch (error) {
      console.warn("keep", error?.name);
    }
  }
  return keepInMemory("memory");
}

function keepInMemory(kind) {
  const files = new Map();
  return {
    kind,
    read: async () => null,
    write: async () => {},
    readFile: async (sha) => files.get(sha) ?? null,
    writeFile: async (sha, bytes) => void files.set(sha, bytes),
  };
}

async function keepInStorage(packId) {
  const key = `visit-pack/${packId}`;
  localStorage.setItem(`${key}/try`, "1");
  localStorage.removeItem(`${key}/try`);
  return {
    ...keepInMemory("storage"),
    read: async () => JSON.parse(localStorage.getItem(key) ?? "null"),
    write: async (state) => localStorage.setItem(key, JSON.stringify(state)),
  };
}

async function keepInDatabase(packId) {
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const opening = indexedDB.open(`visit-pack-${packId}`, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore("state");
    opening.result.createObjectStore("files");
  };
  const base = await done(opening);
  const ask = (store, mode, question) => done(question(base.transaction(store, mode).objectStore(store)));
  await ask("state", "readwrite", (store) => store.put(1, "try"));
  return {
    kind: "database",
    read: async () => (await ask("state", "readonly", (store) => store.get("state"))) ?? null,
    write: (state) => ask("state", "readwrite", (store) => store.put(state, "state")),
    readFile: async (sha) => (await ask("files", "readonly", (store) => store.get(sha))) ?? null,
    writeFile: (sha, bytes) => ask("files", "readwrite", (store) => store.put(bytes, sha)),
  };
}
