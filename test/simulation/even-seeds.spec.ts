import { livesOfSeedsFrom } from './seeds.js';

livesOfSeedsFrom(2);
