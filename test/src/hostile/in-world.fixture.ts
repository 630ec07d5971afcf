import { openPorts, type stores } from './ports.fixture.ts';
import { openWorld, type World } from './world.fixture.ts';

/** Uses a deployment of this technology, and leaves nothing of it behind. */
export const inWorld = async (
  technology: (typeof stores)[number],
  use: (world: World) => Promise<void>,
): Promise<void> => {
  const { ports, remove } = await openPorts(technology);
  const world = await openWorld(ports);
  try {
    await use(world);
  } finally {
    await world.close();
    await remove();
  }
};
