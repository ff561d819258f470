# Beta-binomial and Dirichlet-multinomial likelihoods written as integrals or with base R's lgamma and
# maximised with optim (no package for them is in Debian); writes overdispersed.json.
# Rscript tests/reference/models/overdispersed.R tests/reference/models
library(jsonlite)
folder <- commandArgs(trailingOnly = TRUE)[1]
RNGversion("4.2.0"); set.seed(20241117)

d <- read.csv(file.path(folder, "data", "incidents_simulated.csv"))
X <- model.matrix(~ epidemic + deaths, d)

# The chance of each row as an integral of the binomial over a beta distribution.
mixture <- function(x, n, mu, rho) {
  a <- mu * (1 - rho) / rho; b <- (1 - mu) * (1 - rho) / rho
  integrate(function(q) dbinom(x, n, q) * dbeta(q, a, b), 0, 1, rel.tol = 1e-12)$value
}
points <- expand.grid(x = c(0, 3, 7), mu = c(0.2, 0.6), rho = c(0.15, 0.3), n = 7)
points$p <- mapply(mixture, points$x, points$n, points$mu, points$rho)

loglik <- function(t) {
  mu <- plogis(drop(X %*% t[1:3])); s <- exp(-t[4])
  sum(lchoose(d$trials, d$successes) + lbeta(d$successes + mu * s, d$trials - d$successes + (1 - mu) * s) -
        lbeta(mu * s, (1 - mu) * s))
}
maximum <- function(f, start) {
  control <- list(fnscale = -1, reltol = 1e-16, maxit = 2000, ndeps = rep(1e-6, length(start)))
  best <- start
  for (i in 1:5) best <- optim(best, f, method = "BFGS", control = control)$par
  H <- optimHess(best, f, control = list(ndeps = rep(1e-4, length(start))))
  list(theta = best, se = sqrt(diag(solve(-H))), loglik = f(best))
}
beta_binomial <- maximum(loglik, c(0, 0, 0, -1))

# Rank shares over 30 batches.
share <- c(0.08, 0.42, 0.33, 0.17); precision <- 12; totals <- 20 + rpois(30, 60)
gammas <- matrix(rgamma(120, rep(share * precision, each = 30)), 30)
counts <- t(sapply(1:30, function(i) rmultinom(1, totals[i], gammas[i, ])))
colnames(counts) <- c("bureau", "division", "section", "staff")
write.csv(data.frame(batch = sprintf("b%02d", 1:30), counts),
          file.path(folder, "data", "rank_batches.csv"), row.names = FALSE)
dm <- function(t) {
  a <- exp(t); A <- sum(a); n <- rowSums(counts)
  sum(lgamma(n + 1) - rowSums(lgamma(counts + 1)) + lgamma(A) - lgamma(n + A) +
        rowSums(sapply(1:4, function(k) lgamma(counts[, k] + a[k]) - lgamma(a[k]))))
}
dirichlet <- maximum(dm, log(rep(2, 4)))
write_json(list(r = R.version.string, mixture = points, beta_binomial = beta_binomial,
                dirichlet = dirichlet),
           file.path(folder, "overdispersed.json"), auto_unbox = TRUE, digits = 15, pretty = TRUE)
