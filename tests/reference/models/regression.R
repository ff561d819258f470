# Regressions with plain and clustered errors on simulated incidents; writes regression.json.
# Rscript tests/reference/models/regression.R tests/reference/models
suppressPackageStartupMessages({library(jsonlite); library(sandwich); library(clubSandwich); library(MASS)})
folder <- commandArgs(trailingOnly = TRUE)[1]
RNGversion("4.2.0"); set.seed(20241116)

n <- 180
province <- sprintf("p%02d", sample(1:24, n, replace = TRUE))
effect <- setNames(rnorm(24, 0, 0.4), sprintf("p%02d", 1:24))[province]
d <- data.frame(province, epidemic = rbinom(n, 1, 0.5), deaths = round(rexp(n, 1 / 1.2), 4),
                kind = sample(c("early", "final", "unknown"), n, replace = TRUE),
                exposure = round(runif(n, 0.5, 3), 3))
d$y <- round(1 + 0.5 * d$epidemic - 0.3 * d$deaths + effect + rnorm(n), 6)
d$count <- rnbinom(n, mu = exp(0.8 + 0.4 * d$epidemic + 0.3 * d$deaths + effect), size = 1.5)
d$trials <- 1 + rpois(n, 4)
q <- plogis(-0.5 + 0.8 * d$epidemic - 0.2 * d$deaths + effect)
d$successes <- rbinom(n, d$trials, rbeta(n, q * 3, (1 - q) * 3))
write.csv(d, file.path(folder, "data", "incidents_simulated.csv"), row.names = FALSE)

exact <- glm.control(epsilon = 1e-14, maxit = 200)
plain <- function(fit, V) list(beta = unname(coef(fit)), se = unname(sqrt(diag(V))))
cl <- function(fit) vcovCL(fit, cluster = d$province, type = "HC1")

linear <- lm(y ~ epidemic + deaths + kind, data = d)
binomial_fit <- glm(cbind(successes, trials - successes) ~ epidemic + deaths + kind,
                    family = binomial, data = d, control = exact)
quasi <- glm(cbind(successes, trials - successes) ~ epidemic + deaths + kind,
             family = quasibinomial, data = d, control = exact)
counts <- glm(count ~ epidemic + deaths + kind + offset(log(exposure)), family = poisson,
              data = d, control = exact)
flat <- glm(count ~ epidemic + deaths + kind, family = poisson, data = d, control = exact)
nb <- glm.nb(count ~ epidemic + deaths + kind, data = d, control = glm.control(epsilon = 1e-14, maxit = 500))

# Full observed information of NB2 in (beta, log alpha), by differences of the analytic score.
X <- model.matrix(nb); y <- d$count
score <- function(t) {
  mu <- exp(drop(X %*% t[1:ncol(X)])); r <- exp(-t[ncol(X) + 1])
  cbind(X * ((y - mu) * r / (mu + r)),
        -r * (digamma(y + r) - digamma(r) + log(r / (mu + r)) + (mu - y) / (mu + r)))
}
theta <- c(coef(nb), -log(nb$theta))
for (i in 1:20) {
  H <- sapply(seq_along(theta), function(j) {
    h <- 1e-5; e <- replace(numeric(length(theta)), j, h)
    (colSums(score(theta + e)) - colSums(score(theta - e))) / (2 * h)
  })
  theta <- theta - solve(H, colSums(score(theta)))
}
bread <- solve(-(H + t(H)) / 2)
G <- length(unique(d$province)); k <- length(theta)
meat <- crossprod(rowsum(score(theta), d$province))
nb_cl <- G / (G - 1) * (n - 1) / (n - k) * bread %*% meat %*% bread

# Regression test of Cameron and Trivedi with variance mu + alpha mu^2.
mu <- fitted(flat)
aux <- summary(lm(I(((y - mu)^2 - y) / mu) ~ 0 + mu))$coefficients

# Average marginal effects after the clustered binomial GLM, written out.
B <- coef(binomial_fit); XB <- model.matrix(binomial_fit); V <- cl(binomial_fit)
ame_slope <- function(j) {
  p <- plogis(drop(XB %*% B)); w <- p * (1 - p)
  g <- colMeans(XB * (w * (1 - 2 * p) * B[j])) + replace(numeric(length(B)), j, mean(w))
  c(mean(w) * B[j], sqrt(drop(g %*% V %*% g)))
}
ame_switch <- function(j, siblings) {
  X0 <- X1 <- XB; X0[, siblings] <- 0; X1[, siblings] <- 0; X1[, j] <- 1
  p0 <- plogis(drop(X0 %*% B)); p1 <- plogis(drop(X1 %*% B))
  g <- colMeans(X1 * (p1 * (1 - p1)) - X0 * (p0 * (1 - p0)))
  c(mean(p1 - p0), sqrt(drop(g %*% V %*% g)))
}
ame <- rbind(ame_switch(2, 2), ame_slope(3), ame_switch(4, 4:5), ame_switch(5, 4:5))

version <- function(p) as.character(packageVersion(p))
write_json(list(
  r = R.version.string,
  packages = list(sandwich = version("sandwich"), clubSandwich = version("clubSandwich"), MASS = version("MASS")),
  ols = list(classical = plain(linear, vcov(linear)), HC1 = plain(linear, vcovHC(linear, "HC1")),
             HC3 = plain(linear, vcovHC(linear, "HC3")), CR1 = plain(linear, cl(linear)),
             CR1S = plain(linear, vcovCR(linear, d$province, "CR1S"))),
  binomial = list(model = plain(binomial_fit, vcov(binomial_fit)), CR1 = plain(binomial_fit, cl(binomial_fit)),
                  quasi = plain(quasi, vcov(quasi)), dispersion = summary(quasi)$dispersion,
                  loglik = as.numeric(logLik(binomial_fit))),
  poisson = list(model = plain(counts, vcov(counts)), CR1 = plain(counts, cl(counts)),
                 loglik = as.numeric(logLik(counts))),
  nb2 = list(glm.nb = list(beta = unname(coef(nb)), theta = nb$theta, loglik = as.numeric(logLik(nb))),
             model = list(theta = unname(theta), se = unname(sqrt(diag(bread)))),
             CR1 = list(theta = unname(theta), se = unname(sqrt(diag(nb_cl))))),
  cameron_trivedi = list(alpha = aux[1, 1], se = aux[1, 2], p = pnorm(aux[1, 3], lower.tail = FALSE)),
  ame = list(value = ame[, 1], se = ame[, 2])
), file.path(folder, "regression.json"), auto_unbox = TRUE, digits = 15, pretty = TRUE)
