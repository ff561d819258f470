# Single-factor share, marker correction, and screens for careless answers; loops over people, psych::outlier.
# Rscript tests/reference/measures/method_variance_and_careless.R tests/reference/measures
suppressPackageStartupMessages({library(jsonlite); library(psych)})
folder <- commandArgs(trailingOnly = TRUE)[1]
raw <- read.csv(file.path(folder, "data", "bfi.csv"))[1:25]
complete <- na.omit(raw)[1:300, ]
scales <- split(names(raw), substr(names(raw), 1, 1))

scores <- sapply(scales, function(s) rowMeans(complete[s]))
R <- cor(scores); n <- nrow(scores); marker <- R["O", c("A", "C", "E", "N")]
r_m <- min(marker[marker > 0])
lower <- function(M) M[lower.tri(M)]
r <- lower(R[1:4, 1:4]); adjusted <- (r - r_m) / (1 - r_m)
t <- adjusted / sqrt((1 - adjusted^2) / (n - 3))

run <- function(x) { x <- unlist(x); longest <- 0; now <- 0
  for (j in seq_along(x)) { now <- if (is.na(x[j])) 0 else if (j > 1 && !is.na(x[j - 1]) && x[j] == x[j - 1]) now + 1 else 1
    longest <- max(longest, now) }
  longest }
even_odd <- function(x) {
  halves <- sapply(scales, function(s) c(mean(unlist(x[s[c(TRUE, FALSE)]])), mean(unlist(x[s[c(FALSE, TRUE)]]))))
  r <- cor(halves[1, ], halves[2, ]); max(2 * r / (1 + r), -1)
}
C <- cor(complete); pairs <- which(lower.tri(C) & C >= 0.5, arr.ind = TRUE)
synonyms <- function(x) { x <- unlist(x); suppressWarnings(cor(x[pairs[, 2]], x[pairs[, 1]])) }
people <- split(complete, seq_len(nrow(complete)))
write_json(list(
  r = R.version.string, packages = list(psych = as.character(packageVersion("psych"))),
  share = prcomp(complete, scale. = TRUE)$sdev[1]^2 / 25,
  marker = list(r_marker = r_m, corrected = adjusted, p_corrected = 2 * pt(-abs(t), n - 3)),
  longstring = apply(raw, 1, run), even_odd = unname(sapply(people, even_odd)),
  synonyms = unname(sapply(people, synonyms)), n_pairs = nrow(pairs),
  mahalanobis = unname(outlier(complete, plot = FALSE))
), file.path(folder, "method_variance_and_careless.json"), auto_unbox = TRUE, digits = 15, pretty = TRUE, na = "null")
