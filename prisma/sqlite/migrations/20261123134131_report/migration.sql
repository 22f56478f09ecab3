-- CreateTable
CREATE TABLE "ReportExport" (
    "exportId" TEXT NOT NULL PRIMARY KEY,
    "estateId" TEXT NOT NULL,
    "report" TEXT NOT NULL,
    "filter" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "requestedBy" TEXT NOT NULL,
    "requestedAtMs" BIGINT NOT NULL,
    "decidedBy" TEXT,
    "decidedAtMs" BIGINT,
    "endsAtMs" BIGINT NOT NULL,
    "takenAtMs" BIGINT
);

-- CreateIndex
CREATE INDEX "ReportExport_estateId_requestedAtMs_idx" ON "ReportExport"("estateId", "requestedAtMs");

