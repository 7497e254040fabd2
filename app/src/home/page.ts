import { startFirstStamp } from "./first-stamp.ts";
import { startLiveTime } from "./live-time.ts";

startLiveTime();
startFirstStamp();
document.body.dataset.ready = "yes";
