# A pooled share is an intercept-only binomial GLM with clustered errors; writes proportions.json.
# Rscript tests/reference/models/proportions.R tests/reference/models
suppressPackageStartupMessages({library(jsonlite); library(sandwich)})
folder <- commandArgs(trailingOnly = TRUE)[1]
RNGversion("4.2.0"); set.seed(20241115)

simulate <- function(G, rows, p, rho) {
  cluster <- rep(seq_len(G), each = rows)
  q <- rbeta(G, p * (1 - rho) / rho, (1 - p) * (1 - rho) / rho)[cluster]
  trials <- 1 + rpois(G * rows, 4)
  data.frame(cluster = sprintf("g%02d", cluster), successes = rbinom(G * rows, trials, q), trials)
}
sets <- list(
  half = simulate(20, 3, 0.5, 0.2),
  rare = simulate(31, 2, 0.08, 0.1),
  single = simulate(46, 1, 0.6, 0.3)
)
reference <- lapply(names(sets), function(name) {
  d <- sets[[name]]
  write.csv(d, file.path(folder, "data", paste0("shares_", name, ".csv")), row.names = FALSE)
  fit <- glm(cbind(successes, trials - successes) ~ 1, family = binomial, data = d,
             control = glm.control(epsilon = 1e-14, maxit = 100))
  V <- vcovCL(fit, cluster = d$cluster, type = "HC1")
  p <- unname(plogis(coef(fit)))
  half <- qt(0.975, length(unique(d$cluster)) - 1) * sqrt(V[1, 1])
  list(value = p, se = sqrt(V[1, 1]) * p * (1 - p),
       ci_low = unname(plogis(coef(fit) - half)), ci_high = unname(plogis(coef(fit) + half)))
})
names(reference) <- names(sets)
exact <- function(x, n) as.numeric(binom.test(x, n)$conf.int)
score <- function(x, n) as.numeric(prop.test(x, n, correct = FALSE)$conf.int)
write_json(list(
  r = R.version.string, sandwich = as.character(packageVersion("sandwich")), pooled = reference,
  exact = list(list(x = 0, n = 12, ci = exact(0, 12)), list(x = 5, n = 40, ci = exact(5, 40)),
               list(x = 7, n = 7, ci = exact(7, 7))),
  wilson = list(list(x = 0, n = 12, ci = score(0, 12)), list(x = 5, n = 40, ci = score(5, 40)),
                list(x = 7, n = 7, ci = score(7, 7)))
), file.path(folder, "proportions.json"), auto_unbox = TRUE, digits = 15, pretty = TRUE)
