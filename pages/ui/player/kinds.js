// The ways to draw the data, by the names that panels.py gives them: the stage, and what moves on it.

import { Line } from "./line.js";
import { Plane } from "./plane.js";
import { Space } from "./space.js";
import { Stage } from "./stage.js";

export const KINDS = {
  line: { Stage, Shapes: Line },
  plane: { Stage, Shapes: Plane },
  space: { Stage: Space },
};
